// Turns whatever can be opened (link, info hash, address, bytes, chosen file) into metadata or a magnet.
import { open } from 'node:fs/promises';
import type { Source } from '../../contract/index.ts';
import { ContractError, ErrorCode } from '../../contract/index.ts';
import type { Magnet } from '../metainfo/magnet.ts';
import { parseMagnet } from '../metainfo/magnet.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';
import { parseTorrentFile } from '../metainfo/metainfo.ts';
import type { OutboundGate } from '../net/outbound-gate.ts';
import { parseFlashswarmLink } from '../package/flashswarm-link.ts';

const maxTorrentBytes = 32 * 1024 * 1024;

/** `package`: the bytes of an event package, unverified; `fingerprint` is of the key that a link named. */
export type Resolved =
  | { kind: 'metainfo'; metainfo: Metainfo }
  | { kind: 'magnet'; magnet: Magnet }
  | { kind: 'package'; bytes: Uint8Array; fingerprint: string | null };

/** Errors of the parsers and of the gate, as the contract knows them. */
export function toContractError(error: unknown): ContractError {
  if (error instanceof ContractError) return error;
  const code = ErrorCode.safeParse((error as { code?: unknown } | null)?.code);
  const message = error instanceof Error ? error.message : String(error);
  const named = error instanceof Error && ['MetainfoError', 'GateError', 'PackageError', 'DiskError'].includes(error.name);
  if (named) return new ContractError(code.success ? code.data : 'refused', message);
  return new ContractError('internal', `Something went wrong inside Flashswarm: ${message.split('\n')[0]}`);
}

/** `address`: of a torrent or of a package, which only its content tells. `package`: of a package, with the key that must have signed it. */
export type ParsedLink =
  | { kind: 'magnet'; magnet: Magnet } | { kind: 'address'; url: string } | { kind: 'package'; url: string; fingerprint: string | null };

/** The kind of link, without asking anybody. @throws {ContractError | MetainfoError} `unknown-scheme`, `bad-link`, `v2-only` */
export function parseLink(text: string): ParsedLink {
  const link = text.trim();
  if (/^[0-9a-f]{40}$/i.test(link) || /^[a-z2-7]{32}$/i.test(link)) return { kind: 'magnet', magnet: parseMagnet(`magnet:?xt=urn:btih:${link}`) };
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(link)?.[1]?.toLowerCase();
  if (scheme === 'magnet') return { kind: 'magnet', magnet: parseMagnet(link) };
  if (scheme === 'http' || scheme === 'https') return { kind: 'address', url: link };
  if (scheme === 'flashswarm') return { kind: 'package', ...parseFlashswarmLink(link) };
  if (scheme && link.length > scheme.length + 1) {
    throw new ContractError('unknown-scheme', `Links that begin with "${scheme.slice(0, 30)}:" cannot be opened. Use a magnet link or the web address of a .torrent file.`);
  }
  throw new ContractError('bad-link', 'This is not a link. Use a magnet link, an info hash or the web address of a .torrent file.');
}

/** A torrent or an event package, by how it begins; what is neither fails as a torrent. */
function parsed(bytes: Uint8Array): Resolved {
  const start = Buffer.from(bytes.subarray(0, 64)).toString('latin1');
  if (start.startsWith('untrusted comment:') || start.trimStart().startsWith('{')) return { kind: 'package', bytes, fingerprint: null };
  return { kind: 'metainfo', metainfo: parseTorrentFile(bytes) };
}

/** Resolves sources; everything that leaves goes through the one gate. */
export class SourceResolver {
  readonly #gate: OutboundGate;
  readonly #pathOf: (handle: string) => string | undefined;
  readonly #newest: (id: string) => Promise<Uint8Array>;

  /** @param newest the newer version that was found of a package that is here */
  constructor(gate: OutboundGate, pathOf: (handle: string) => string | undefined, newest: (id: string) => Promise<Uint8Array>) {
    this.#gate = gate;
    this.#pathOf = pathOf;
    this.#newest = newest;
  }

  /** @throws {ContractError} with a sentence that says what was wrong */
  async resolve(source: Source, signal?: AbortSignal): Promise<Resolved> {
    try {
      switch (source.kind) {
        case 'bytes':
          return parsed(Buffer.from(source.base64, 'base64'));
        case 'handle':
          return parsed(await this.readGranted(source.handle));
        case 'update':
          return { kind: 'package', bytes: await this.#newest(source.id), fingerprint: null };
        case 'link': {
          const link = parseLink(source.link);
          if (link.kind === 'magnet') return link;
          if (link.kind === 'package') return { kind: 'package', bytes: await this.#fetch(link.url, signal, true), fingerprint: link.fingerprint };
          return await this.fetchAddress(link.url, signal);
        }
      }
    } catch (error) {
      throw toContractError(error);
    }
  }

  /** Fetches a `.torrent` or an `.evpack` by its address, bounded in size and time; packages over https alone. */
  async fetchAddress(url: string, signal?: AbortSignal): Promise<Resolved> {
    const found = parsed(await this.#fetch(url, signal, false));
    if (found.kind === 'package' && !/^https:/i.test(url)) {
      throw new ContractError('refused', 'Event packages are fetched over https alone. Ask the publisher for the https address.');
    }
    return found;
  }

  /** The bytes of a small file: a key, statements, what was chosen or dropped. @throws {ContractError} */
  async small(source: Source, maxBytes: number): Promise<Uint8Array> {
    let bytes: Uint8Array;
    if (source.kind === 'bytes') bytes = Buffer.from(source.base64, 'base64');
    else if (source.kind === 'handle') bytes = await this.readGranted(source.handle);
    else throw new ContractError('bad-request', 'Choose a file.');
    if (bytes.length > maxBytes) throw new ContractError('too-large', 'This file is too big to be that.');
    return bytes;
  }

  async #fetch(url: string, signal: AbortSignal | undefined, httpsOnly: boolean): Promise<Uint8Array> {
    const { body } = await this.#gate.fetchBytes(url, { maxBytes: maxTorrentBytes, timeoutMs: 30_000, maxRedirects: 5, signal, httpsOnly });
    return body;
  }

  /** What a host's dialog or command line named, at most 32 MiB. @throws {ContractError} */
  async readGranted(handle: string): Promise<Uint8Array> {
    const path = this.#pathOf(handle);
    if (!path) throw new ContractError('not-found', 'This file was not chosen here. Choose it again.');
    let file;
    try {
      file = await open(path, 'r');
    } catch (error) {
      throw new ContractError('not-found', `The file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}): ${path}`);
    }
    try {
      const { size } = await file.stat();
      if (size > maxTorrentBytes) throw new ContractError('too-large', 'This file is too big to be a torrent (more than 32 MiB).');
      return await file.readFile();
    } finally {
      await file.close();
    }
  }
}
