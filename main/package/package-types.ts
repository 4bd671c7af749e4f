// What an event package (`.evpack`, version 1) says, after it was verified and checked; the shapes that reading, building and trusting share.
import type { Metainfo } from '../metainfo/metainfo.ts';

/** A file of a layer. `path` is relative to the package's folder, components joined by '/'; safe on every disk as it is. */
export interface ManifestFile { path: string; length: number; /** 64 hex digits, lower case, of what arrives. */ sha256: string }

/** How a layer's files are sealed before the start (see sealed-file.ts). */
export interface LayerEncryption {
  algorithm: 'xchacha20-poly1305' | 'aes-256-gcm';
  /** Plain bytes a chunk, 4 KiB to 1 MiB. */
  chunkSize: number;
  /** https address at which the 32-byte key (64 hex digits, one line) is published. */
  keyUrl: string;
  /** SHA-256 of the 32 key bytes, 64 hex digits. */
  keySha256: string;
  /** The files after opening, in the order of the layer's `files`; a sealed file is called `<path>.sealed`. */
  files: ManifestFile[];
}

export interface ManifestLayer {
  id: string;
  title: string;
  required: boolean;
  requires: string[];
  order: number;
  /** Canonical base64 of the `.torrent`. */
  torrent: string;
  files: ManifestFile[];
  /** Its number in a live package, from 0. */
  segment?: number | undefined;
  encryption?: LayerEncryption | undefined;
}

export type Discovery = 'on' | 'fallback' | 'off';

export interface Manifest {
  format: 'evpack/1';
  package: { id: string; title: string; summary?: string | undefined; version: number };
  /** RFC 3339. */
  issued: string;
  expires?: string | undefined;
  publisher: { name: string; homepage?: string | undefined; statements?: string[] | undefined };
  event?: { startsAt?: string | undefined; expectedAudience?: number | undefined; /** Length of a live segment. */ segmentSeconds?: number | undefined;
    /** The publisher's own words about networks, for the connectivity page. */
    networkHint?: string | undefined } | undefined;
  /** Shown and accepted before the start; plain text. */
  terms?: string | undefined;
  /** Where it may be fetched: ISO 3166-1 alpha-2 codes. */
  regions?: { only?: string[] | undefined; except?: string[] | undefined } | undefined;
  critical?: string[] | undefined;
  layers: ManifestLayer[];
  sources?: {
    trackers?: string[][] | undefined; webSeeds?: string[] | undefined; seeders?: string[] | undefined;
    dht?: Discovery | undefined; pex?: Discovery | undefined; lsd?: Discovery | undefined; stun?: string[] | undefined;
    turn?: (string | { url: string; username: string; credential: string })[] | undefined;
    /** Probe servers of the publisher, host:port (docs/probe-server.md). */
    probe?: string[] | undefined;
  } | undefined;
  delivery?: {
    connections?: number | undefined; uploadSlots?: number | undefined; firstPieces?: number | undefined; order?: 'rarest' | 'sequential' | undefined;
    transport?: 'auto' | 'tcp' | 'utp' | undefined; cdn?: 'start-and-rescue' | 'always' | 'off' | undefined;
    smoothing?: { minutes: number; startShare: number } | undefined;
  } | undefined;
  update?: { url: string } | undefined;
  minimumClient?: string | undefined;
}

/** A package whose signature holds for `key` and whose manifest passed every check. Whether the key is to be trusted is not decided here. */
export interface EventPackage {
  manifest: Manifest;
  /** In the order of the manifest; each torrent's files are those of the layer, pad files aside. */
  layers: { layer: ManifestLayer; metainfo: Metainfo }[];
  /** The name of every layer's torrent: the package's folder below the download folder. */
  folderName: string;
  /** 32 bytes (Ed25519). */
  key: Uint8Array;
  /** The signature's key id, 8 bytes. */
  keyId: Uint8Array;
  /** Whether the key came with the package (`key=` in the trusted comment) or was given by the caller. */
  keySource: 'embedded' | 'given';
  trustedComment: string;
  /** SHA-256 of the manifest's bytes, 64 hex digits: two packages of one version must agree in it. */
  digest: string;
  issuedAt: number; // epoch ms
  expiresAt: number | null;
  startsAt: number | null;
  /** Statements that travel inside (`publisher.statements`), verified by their own signatures. */
  statements: KeyStatement[];
}

/** A statement about a key, verified: signed by the old key over the new one, or by a key over its own end. */
export type KeyStatement =
  | { type: 'succession'; key: Uint8Array; newKey: Uint8Array; issuedAt: number; /** Package id to version: the marks start again here, once. */ versionMarks: Record<string, number>; text: string }
  | { type: 'revocation'; key: Uint8Array; issuedAt: number; reason: string | null; text: string };
