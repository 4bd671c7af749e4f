// What a publisher says about a package that is to be made, and what comes of it.
import type { Lint } from './package-lints.ts';
import type { EventPackage, LayerEncryption, Manifest } from './package-types.ts';

export interface LayerOptions {
  id: string;
  title?: string | undefined;
  /** Which files of the folder are in it: see layer-globs.ts. */
  pattern: string;
  required: boolean;
  /** Ids of the layers that it is no use without. */
  requires?: string[] | undefined;
  /** Its place in the order unless told. */
  order?: number | undefined;
  /** Its number in a live package. */
  segment?: number | undefined;
  /** Sealed until the start: a new key is made, for the publisher to put at this https address then. */
  encrypt?: { algorithm: LayerEncryption['algorithm']; keyUrl: string } | undefined;
}

export interface PackOptions {
  id: string;
  title: string;
  version: number;
  summary?: string | undefined;
  publisherName: string;
  homepage?: string | undefined;
  layers: LayerOptions[];
  /**
   * The folder that fans get, one for all layers and versions: that of `previous`, else the title made safe. So the title may change later,
   * and the publisher's own folder may have any name.
   */
  name?: string | undefined;
  /** Each a tier of its own, or a tier of several. */
  trackers?: (string | string[])[] | undefined;
  /** https addresses below which the folder lies: ADDRESS/NAME/PATH. */
  webSeeds?: string[] | undefined;
  /** host:port */
  seeders?: string[] | undefined;
  /** Epoch ms, as all times here. */
  startsAt?: number | undefined;
  expiresAt?: number | undefined;
  /** Now unless told. */
  issuedAt?: number | undefined;
  terms?: string | undefined;
  updateUrl?: string | undefined;
  segmentSeconds?: number | undefined;
  expectedAudience?: number | undefined;
  /** Statements about the publisher's keys that travel inside. */
  statements?: string[] | undefined;
  regions?: Manifest['regions'];
  delivery?: Manifest['delivery'];
  /** Bytes, for all layers; chosen by size and files unless told. */
  pieceLength?: number | undefined;
  /** Local hosts may be named, for a venue and for tests. */
  allowPrivate?: boolean | undefined;
  /** An earlier version: a layer whose files are unchanged keeps its torrent byte for byte. */
  previous?: EventPackage | undefined;
  /** With `previous`: files of the same size that were last touched before it was issued are taken as unchanged, unread. For live packages. */
  quick?: boolean | undefined;
  /** Where sealed files are written, as PATH.sealed; beside the plain ones unless told. */
  sealedFolder?: string | undefined;
  /** Paths that no layer may have: the secret key. */
  secretFiles?: string[] | undefined;
  /** Bytes read so far and in all. */
  onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface PackedManifest {
  /** UTF-8 JSON, the same for the same input. What is to be signed. */
  manifestBytes: Uint8Array;
  /** In the order of the manifest. */
  torrents: { layerId: string; fileName: string; bytes: Uint8Array }[];
  /** Warnings alone: errors are thrown. */
  lints: Lint[];
  /** One for each layer. */
  magnets: string[];
  /** Bytes that arrive when all layers are fetched. */
  totalBytes: number;
  pieceCount: number;
  /** Ids of the layers whose torrent is that of `previous`. */
  keptLayers: string[];
  /** The secret of each layer that was sealed just now: 32 bytes, to be put at `keyUrl` when it starts, and not before. */
  contentKeys: { layerId: string; keyUrl: string; key: Uint8Array }[];
}
