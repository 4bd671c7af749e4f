// Builds valid, signed event packages for tests, and the bytes that their torrents describe.
import { createHash } from 'node:crypto';
import { encode } from 'bencode';
import { parseTorrentFile } from '../../main/metainfo/metainfo.ts';
import type { Metainfo } from '../../main/metainfo/metainfo.ts';
import { keyPairFromSeed } from '../../main/package/ed25519.ts';
import { encodePublicKey } from '../../main/package/minisign-public-key.ts';
import type { SecretKey } from '../../main/package/minisign-secret-key.ts';
import { signMessage } from '../../main/package/minisign-signature.ts';
import type { LayerEncryption, Manifest, ManifestLayer } from '../../main/package/package-types.ts';

export interface EvpackLayerInput {
  id: string;
  title?: string;
  required?: boolean;
  requires?: string[];
  order?: number;
  segment?: number;
  /** What arrives: path below the package's folder -> content, in the order of the torrent. Text is UTF-8. */
  files: Record<string, Uint8Array | string>;
  /** Given, `files` must be the sealed files, in the order of `encryption.files`. */
  encryption?: LayerEncryption;
}

export interface EvpackInput {
  layers: EvpackLayerInput[];
  /** The name of every torrent: "event" unless told. */
  folderName?: string;
  /** "com.example.event" unless told. */
  id?: string;
  title?: string;
  /** 1 unless told. */
  version?: number;
  issued?: string;
  /** Bytes, a power of two; 16 KiB unless told. */
  pieceLength?: number;
  /** Anything else in the manifest: sources, update, event, terms, ... */
  manifest?: Partial<Manifest>;
  /** The last word on the manifest before it is written, for broken ones. */
  change?: (manifest: Manifest) => unknown;
  secret?: SecretKey;
  /** Whether the public key travels in the trusted comment; true unless told. */
  withKey?: boolean;
}

export interface MadeEvpack {
  /** The `.evpack`. */
  bytes: Uint8Array;
  manifest: Manifest;
  manifestBytes: Uint8Array;
  secret: SecretKey;
  folderName: string;
  /** In the order of the input; `payload` is path below the package's folder -> content that arrives. */
  layers: { id: string; torrent: Uint8Array; metainfo: Metainfo; payload: Map<string, Uint8Array> }[];
}

/** A key pair that is the same for the same number, without a password. */
export function testSecretKey(number = 1): SecretKey {
  const { publicKey, secretKey } = keyPairFromSeed(createHash('sha256').update(`test key ${number}`).digest());
  return { keyId: Uint8Array.from(createHash('sha256').update(`test key id ${number}`).digest().subarray(0, 8)), secretKey, publicKey };
}

/** The key in one line of base64, as `.pub` files hold it and `key=` carries it. */
export function publicKeyText(secret: SecretKey): string {
  return encodePublicKey({ keyId: secret.keyId, key: secret.publicKey });
}

/** The four lines of a signature and the manifest, as `cat` would join them. */
export function signManifest(manifestBytes: Uint8Array, secret: SecretKey, options: { withKey?: boolean; trusted?: string } = {}): Uint8Array {
  const trusted = options.trusted ?? `timestamp:1767225600${options.withKey === false ? '' : ` key=${publicKeyText(secret)}`}`;
  return Buffer.concat([Buffer.from(signMessage(manifestBytes, secret, { trusted })), manifestBytes]);
}

/** A signed package that opens, unless `change` breaks it. */
export function makeEvpack(input: EvpackInput): MadeEvpack {
  const folderName = input.folderName ?? 'event';
  const secret = input.secret ?? testSecretKey();
  const layers = input.layers.map((layer) => {
    const payload = new Map(Object.entries(layer.files).map(([path, content]): [string, Uint8Array] => [path, Uint8Array.from(Buffer.from(content as string))]));
    const torrent = makeTorrent(folderName, payload, input.pieceLength ?? 16_384);
    return { id: layer.id, torrent, metainfo: parseTorrentFile(torrent), payload };
  });
  const manifest: Manifest = {
    format: 'evpack/1',
    package: { id: input.id ?? 'com.example.event', title: input.title ?? 'An event', version: input.version ?? 1 },
    issued: input.issued ?? '2026-01-01T00:00:00Z',
    publisher: { name: 'Example Publisher' },
    ...input.manifest,
    layers: input.layers.map((layer, index): ManifestLayer => ({
      id: layer.id,
      title: layer.title ?? layer.id,
      required: layer.required ?? index === 0,
      requires: layer.requires ?? [],
      order: layer.order ?? index,
      torrent: Buffer.from(layers[index]!.torrent).toString('base64'),
      files: [...layers[index]!.payload].map(([path, content]) => ({ path, length: content.length, sha256: createHash('sha256').update(content).digest('hex') })),
      ...(layer.segment === undefined ? {} : { segment: layer.segment }),
      ...(layer.encryption === undefined ? {} : { encryption: layer.encryption }),
    })),
  };
  input.change?.(manifest);
  const manifestBytes = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
  return { bytes: signManifest(manifestBytes, secret, { withKey: input.withKey ?? true }), manifest, manifestBytes, secret, folderName, layers };
}

/** A multi-file torrent in which every file starts on a piece boundary (BEP 47). */
export function makeTorrent(name: string, files: Map<string, Uint8Array>, pieceLength: number): Uint8Array {
  const entries: Record<string, unknown>[] = [];
  const content: Uint8Array[] = [];
  let end = 0;
  for (const [path, bytes] of files) {
    const gap = (pieceLength - (end % pieceLength)) % pieceLength;
    if (gap > 0 && bytes.length > 0) {
      entries.push({ attr: 'p', length: gap, path: ['.pad', String(gap)] });
      content.push(new Uint8Array(gap));
      end += gap;
    }
    entries.push({ length: bytes.length, path: path.split('/') });
    content.push(bytes);
    end += bytes.length;
  }
  const data = Buffer.concat(content);
  const pieces = Buffer.concat(Array.from({ length: Math.ceil(data.length / pieceLength) }, (_, piece) => (
    createHash('sha1').update(data.subarray(piece * pieceLength, (piece + 1) * pieceLength)).digest()
  )));
  return encode({ info: { files: entries, name, 'piece length': pieceLength, pieces } });
}
