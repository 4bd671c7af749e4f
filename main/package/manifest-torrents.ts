// Reads the torrents inside a manifest and checks that each describes the files of its layer, no more and no less.
import { MetainfoError, parseTorrentFile } from '../metainfo/metainfo.ts';
import type { Metainfo, MetainfoFile } from '../metainfo/metainfo.ts';
import { decodeCanonicalBase64 } from './canonical-base64.ts';
import { refuseManifest } from './manifest-refusal.ts';
import type { ManifestFile, ManifestLayer } from './package-types.ts';
import { quotable } from './shown-text.ts';

/**
 * The torrent of every layer, in order. Trackers and web seeds that stand in the torrents are left out: a package's hosts are those of
 * `sources`, which are checked. Throws PackageError `bad-package`.
 */
export function readTorrents(layers: readonly ManifestLayer[]): Metainfo[] {
  const hashes = new Map<string, string>();
  return layers.map((layer, index) => {
    const where = `layers[${index}].torrent`;
    const metainfo = { ...readTorrent(layer, where), trackers: [], webSeeds: [] };
    if (metainfo.private) {
      throw refuseManifest(where, `The torrent of the layer "${layer.id}" is marked private. A package says in its sources how peers are found.`);
    }
    const twin = hashes.get(metainfo.infoHash);
    if (twin !== undefined) throw refuseManifest(where, `The layers "${twin}" and "${layer.id}" carry one and the same torrent.`);
    hashes.set(metainfo.infoHash, layer.id);
    checkFiles(layer, metainfo, index);
    return metainfo;
  });
}

function readTorrent(layer: ManifestLayer, where: string): Metainfo {
  const bytes = decodeCanonicalBase64(layer.torrent);
  if (!bytes) throw refuseManifest(where, `The torrent of the layer "${layer.id}" is not written in plain base64.`);
  let metainfo: Metainfo;
  try {
    metainfo = parseTorrentFile(bytes);
  } catch (error) {
    if (!(error instanceof MetainfoError)) throw error;
    throw refuseManifest(where, `The torrent of the layer "${layer.id}" is not in order. ${error.message}`, error);
  }
  if (!metainfo.multiFile) throw refuseManifest(where, `The torrent of the layer "${layer.id}" is one of a single file, and a package needs folders. It must be made with a list of files.`);
  return metainfo;
}

function checkFiles(layer: ManifestLayer, metainfo: Metainfo, index: number): void {
  const inTorrent = metainfo.files.filter((file) => !file.padding);
  const where = `layers[${index}].files`;
  if (inTorrent.length !== layer.files.length) {
    throw refuseManifest(where, `The layer "${layer.id}" lists ${layer.files.length} files, and its torrent ${inTorrent.length}.`);
  }
  let end = 0;
  for (const [place, file] of layer.files.entries()) {
    const other = inTorrent[place]!;
    if (!isSamePath(file, other)) {
      throw refuseManifest(`${where}[${place}].path`, `The layer "${layer.id}" lists the file "${quotable(file.path)}" where its torrent has "${quotable(other.path.join('/'))}".`);
    }
    if (file.length !== other.length) {
      throw refuseManifest(`${where}[${place}].length`, `The layer "${layer.id}" says that "${quotable(file.path)}" has ${file.length} bytes, and its torrent ${other.length}.`);
    }
    if (file.length === 0) continue; // no piece holds any of it
    if (other.offset !== Math.ceil(end / metainfo.pieceLength) * metainfo.pieceLength) {
      throw refuseManifest(`${where}[${place}]`, (
        `The file "${quotable(file.path)}" does not start at the next piece of its torrent, as the files of a package must: a changed file would change its neighbours.`
      ));
    }
    end = other.offset + other.length;
  }
  if (metainfo.length - end >= metainfo.pieceLength) {
    throw refuseManifest(`layers[${index}].torrent`, `The torrent of the layer "${layer.id}" ends with pieces that belong to no file.`);
  }
}

// Component by component: a torrent may name one component "a/b", which is another file on the disk than "b" in "a".
function isSamePath(file: ManifestFile, inTorrent: MetainfoFile): boolean {
  return inTorrent.path.join('/') === file.path && inTorrent.path.every((component) => !component.includes('/'));
}
