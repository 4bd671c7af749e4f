// Fetches over https within bounds of size and silence: small things into memory, packages into a file while they are hashed.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { ContractError } from '../../../contract/index.ts';

export interface WebAnswer { status: number; /** Of a redirect: where to. */ location: string | null; body: AsyncIterable<Uint8Array> }
/** One request, which follows no redirect. */
export type WebGet = (address: URL, signal: AbortSignal) => Promise<WebAnswer>;

const maxRedirects = 5;
const silenceMs = 60_000;

export interface FileWanted {
  /** Base64. */
  sha512: string;
  /** Bytes: more are never written. */
  size: number;
  onProgress?: (bytes: number) => void;
}

/** @throws ContractError `unreachable`, `bad-status`, `too-large`, `timeout`, `cancelled` */
export async function fetchSmall(get: WebGet, address: URL, maxBytes: number, signal: AbortSignal = new AbortController().signal): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  await read(get, address, maxBytes, signal, (chunk) => void chunks.push(chunk));
  return Buffer.concat(chunks);
}

/**
 * Writes it to `file`, which is damaged or missing after an error.
 * @throws ContractError as `fetchSmall`, and `inconsistent` when it is not what was promised
 */
export async function fetchFile(get: WebGet, address: URL, file: string, wanted: FileWanted, signal: AbortSignal = new AbortController().signal): Promise<void> {
  const hash = createHash('sha512');
  const target = await open(file, 'w', 0o600);
  let written = 0;
  try {
    await read(get, address, wanted.size, signal, async (chunk) => {
      hash.update(chunk);
      await target.writeFile(chunk); // goes on where the last one ended
      written += chunk.length;
      wanted.onProgress?.(written);
    });
    await target.sync();
  } finally {
    await target.close();
  }
  if (written !== wanted.size || hash.digest('base64') !== wanted.sha512) {
    throw new ContractError('inconsistent', 'The package of the new version is not the one that was signed: it was damaged on the way, or exchanged. Nothing was installed. Try again later.');
  }
}

async function read(get: WebGet, from: URL, maxBytes: number, outer: AbortSignal, take: (chunk: Uint8Array) => void | Promise<void>): Promise<void> {
  const silence = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), silenceMs);
  };
  const ended = (): void => silence.abort();
  outer.addEventListener('abort', ended, { once: true });
  if (outer.aborted) ended();
  try {
    heard();
    const { body } = await follow(get, from, silence.signal);
    let bytes = 0;
    for await (const chunk of body) {
      heard();
      bytes += chunk.length;
      if (bytes > maxBytes) throw new ContractError('too-large', 'The server of new versions sends more than it promised.');
      await take(chunk);
      if (silence.signal.aborted) break;
    }
    if (silence.signal.aborted) throw new Error('aborted');
  } catch (error) {
    if (outer.aborted) throw new ContractError('cancelled', 'Fetching the new version was stopped.');
    if (silence.signal.aborted) throw new ContractError('timeout', 'The server of new versions stopped answering. Try again later.');
    if (error instanceof ContractError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw new ContractError('no-space', 'There is no room for the new version on this disk.');
    throw new ContractError('unreachable', `The server of new versions cannot be reached (${code ?? message}).`);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', ended);
    silence.abort(); // a body that nobody reads on is not kept open
  }
}

/** Redirects may lead to another host, as those of download sites do: what arrives is judged by its signature and hash. They never lead out of https. */
async function follow(get: WebGet, from: URL, signal: AbortSignal): Promise<WebAnswer> {
  let address = from;
  for (let hop = 0; hop <= maxRedirects; hop++) {
    if (address.protocol !== 'https:') throw new ContractError('unreachable', 'The server of new versions leads to an address without encryption.');
    const answer = await get(address, signal);
    if (answer.location === null) {
      if (answer.status !== 200) throw new ContractError('bad-status', `The server of new versions answered with ${answer.status}.`);
      return answer;
    }
    if (!URL.canParse(answer.location, address.href)) break;
    address = new URL(answer.location, address);
  }
  throw new ContractError('unreachable', 'The server of new versions leads nowhere.');
}
