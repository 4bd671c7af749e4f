// A web server that a test speaks for, in place of the gate and the network: what it is asked, and what it sends.
import { createHash } from 'node:crypto';
import type { StreamRange } from '../../../main/engine/engine-types.ts';
import { fileUrl } from '../../../main/engine/web-seed-address.ts';
import type { Metainfo } from '../../../main/metainfo/metainfo.ts';
import { settled } from './session-fixture.ts';

export interface TestTorrent { metainfo: Metainfo; data: Uint8Array }

/** A torrent of files in a folder; pad files are zeros. */
export function folderOf(files: { name: string; length: number; padding?: boolean }[], pieceLength: number): TestTorrent {
  const length = files.reduce((sum, file) => sum + file.length, 0);
  const data = new Uint8Array(length);
  for (let at = 0; at + 4 <= length; at += 4) new DataView(data.buffer).setUint32(at, Math.imul(at + 7, 2654435761));
  let offset = 0;
  const placed = files.map(({ name, length: own, padding = false }) => {
    if (padding) data.fill(0, offset, offset + own);
    offset += own;
    return { path: name.split('/'), length: own, offset: offset - own, padding };
  });
  const pieceCount = Math.ceil(length / pieceLength);
  const hashes = Buffer.concat(Array.from({ length: pieceCount }, (_, piece) => (
    createHash('sha1').update(data.subarray(piece * pieceLength, (piece + 1) * pieceLength)).digest()
  )));
  return {
    data,
    metainfo: {
      infoHash: 'cd'.repeat(20), infoBytes: new Uint8Array(0), name: 'a name', pieceLength, length, pieceCount, hashes, files: placed,
      private: false, multiFile: true, trackers: [], webSeeds: [],
    },
  };
}

export interface Asked {
  url: string;
  /** Bytes of the torrent, the last one included. */
  from: number;
  to: number;
  /** Told by whoever asked. */
  total: number;
  signal: AbortSignal;
  /** Sends the next bytes of what was asked for. */
  send(count?: number, wrong?: boolean): Promise<void>;
  left(): number;
}

export class ScriptedServer {
  readonly asked: Asked[] = [];
  /** Requests that are neither answered nor given up. */
  open = 0;
  mostOpen = 0;
  readonly #torrent: TestTorrent;
  readonly #base: string;
  /** What it does with a request; the request is over when this is. Throws what the gate would. */
  answer: (asked: Asked) => Promise<void>;

  constructor(torrent: TestTorrent, base = 'http://server/', answer: (asked: Asked) => Promise<void> = honest) {
    this.#torrent = torrent;
    this.#base = base;
    this.answer = answer;
  }

  readonly streamRange: StreamRange = async (url, from, to, onBytes, { total, signal }) => {
    const { metainfo, data } = this.#torrent;
    const file = metainfo.files.find(({ path, padding }) => !padding && fileUrl(this.#base, metainfo, path) === url);
    if (!file) throw Object.assign(new Error('not here'), { code: 'bad-status', status: 404 });
    let at = file.offset + from;
    const end = file.offset + to + 1;
    const asked: Asked = {
      url, from: at, to: end - 1, total, signal,
      left: () => end - at,
      send: async (count = end - at, wrong = false) => {
        if (signal.aborted) throw new Error('given up');
        const bytes = data.slice(at, Math.min(at + count, end));
        if (wrong) bytes[0]! ^= 1;
        at += bytes.length;
        await onBytes(bytes);
      },
    };
    this.asked.push(asked);
    this.mostOpen = Math.max(this.mostOpen, ++this.open);
    try {
      await Promise.race([this.answer(asked), new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('given up'))))]);
    } finally {
      this.open--;
    }
  };
}

/** In chunks as a socket gives them. */
export async function honest(asked: Asked): Promise<void> {
  while (asked.left() > 0) await asked.send(50_000);
}

export function status(code: number, retryAfterSeconds: number | null = null): Error {
  return Object.assign(new Error(`status ${code}`), { code: 'bad-status', status: code, retryAfterSeconds });
}

/** Until what streams without waiting has streamed. */
export async function streamed(turns = 30): Promise<void> {
  for (let i = 0; i < turns; i++) await settled();
}
