// Fetches what a publisher puts on the web beside a package: the package, statements about its key, keys of sealed layers.
import type { OutboundGate } from '../net/outbound-gate.ts';
import { GateError } from '../net/outbound-gate.ts';

/** A manifest of 8 MiB and four lines of a signature with long comments. */
const maxPackageBytes = 8 * 1024 * 1024 + 16 * 1024;
const maxStatementsBytes = 256 * 1024;
const maxLayerKeyBytes = 1024;
const defaultTimeoutMs = 30_000;
const maxRedirects = 5;

export interface PackageFetchOptions {
  /** What the copy at hand came with; when it is still the newest, nothing is sent. */
  etag?: string | null | undefined;
  lastModified?: string | null | undefined;
  signal?: AbortSignal | undefined;
}

/** What an answer says of how long it holds; the strings go back to the server with the next question. */
interface Marks { etag: string | null; lastModified: string | null; maxAgeSeconds: number | null }
export type FetchedPackage = (Marks & { notModified?: undefined; bytes: Uint8Array }) | (Marks & { notModified: true; bytes?: undefined });

/** Only https, only public hosts unless the gate allows others, bounded in size, time and redirects. */
export class PackageFetcher {
  readonly #gate: OutboundGate;
  readonly #timeoutMs: number;

  /** @param limits.timeoutMs for one request with all its redirects, 30 s unless told */
  constructor(gate: OutboundGate, limits: { timeoutMs?: number } = {}) {
    this.#gate = gate;
    this.#timeoutMs = limits.timeoutMs ?? defaultTimeoutMs;
  }

  /** The bytes of an `.evpack`, unverified. @throws {GateError} */
  async fetchPackage(url: string, options: PackageFetchOptions = {}): Promise<FetchedPackage> {
    const answer = await this.#gate.fetchBytes(url, {
      ...this.#limits(maxPackageBytes, options.signal),
      conditional: { etag: options.etag ?? null, lastModified: options.lastModified ?? null },
    });
    const { etag, lastModified, maxAgeSeconds } = answer;
    if (answer.status === 304) return { notModified: true, etag, lastModified, maxAgeSeconds };
    return { bytes: answer.body, etag, lastModified, maxAgeSeconds };
  }

  /** The statements at `statementsUrl(update.url)`, unverified; null when the publisher has none. @throws {GateError} */
  fetchStatements(url: string, signal?: AbortSignal): Promise<Uint8Array | null> {
    return this.#fetchOptional(url, maxStatementsBytes, signal);
  }

  /** The text of a layer's key at its `keyUrl`, unchecked; null while it is not published. @throws {GateError} */
  fetchLayerKey(url: string, signal?: AbortSignal): Promise<Uint8Array | null> {
    return this.#fetchOptional(url, maxLayerKeyBytes, signal);
  }

  async #fetchOptional(url: string, maxBytes: number, signal: AbortSignal | undefined): Promise<Uint8Array | null> {
    try {
      return (await this.#gate.fetchBytes(url, this.#limits(maxBytes, signal))).body;
    } catch (error) {
      // Storage services answer 403 for a file that is not there when they do not let anybody list the folder.
      if (error instanceof GateError && error.code === 'bad-status' && [403, 404, 410].includes(error.status ?? 0)) return null;
      throw error;
    }
  }

  #limits(maxBytes: number, signal: AbortSignal | undefined) {
    return { httpsOnly: true, maxBytes, timeoutMs: this.#timeoutMs, maxRedirects, signal };
  }
}

/** Where statements about a package's key are looked for: beside the package, at `<update.url>.keys`. */
export function statementsUrl(updateUrl: string): string {
  return `${updateUrl.split('#', 1)[0]}.keys`;
}
