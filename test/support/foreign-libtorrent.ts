// libtorrent-rasterbar (Debian's python3-libtorrent) as a seed, a leech, and the maker of .torrent files.
import { fileURLToPath } from 'node:url';
import type { ForeignClient, ForeignOptions } from './foreign-client.ts';
import type { Payload } from './payload.ts';
import { freePort } from './ports.ts';
import { startProgram, until } from './processes.ts';
import type { Program } from './processes.ts';

const script = fileURLToPath(new URL('foreign-libtorrent.py', import.meta.url));
const python = '/usr/bin/python3';

export interface LibtorrentPeer {
  address: string; client: string; transport: 'tcp' | 'utp'; encrypted: boolean; sentBytes: number; receivedBytes: number;
}
export interface LibtorrentStatus {
  port: number; complete: boolean; bytesDone: number;
  payloadUpload: number; payloadDownload: number; failedBytes: number; redundantBytes: number;
  peers: LibtorrentPeer[];
  /** The last that was seen of every connection there ever was. */
  everConnected: LibtorrentPeer[];
  /** With `countBlocks`: piece and block of each block sent since the last status. */
  sentBlocks: [piece: number, block: number][];
}

export class Libtorrent implements ForeignClient {
  readonly name = 'libtorrent';
  readonly program: Program;
  readonly address: string;
  status: LibtorrentStatus | null = null;
  /** How often each piece's blocks were sent, added up; with `countBlocks`. */
  readonly blocksSentOfPiece = new Map<number, number>();

  constructor(program: Program, address: string) {
    this.program = program;
    this.address = address;
    program.onLine((line) => {
      this.status = JSON.parse(line) as LibtorrentStatus;
      for (const [piece] of this.status.sentBlocks) this.blocksSentOfPiece.set(piece, (this.blocksSentOfPiece.get(piece) ?? 0) + 1);
    });
  }

  async complete(withinMs = 120_000): Promise<void> {
    await until('libtorrent has everything', () => {
      if (this.program.ended) throw new Error(`libtorrent ended\n${this.program.tail()}`);
      return this.status?.complete;
    }, { withinMs, describe: () => this.program.tail() });
  }

  /** Resolves with a status that was taken wholly after this call. */
  async nextStatus(): Promise<LibtorrentStatus> {
    // The first line that comes may have been under way already.
    for (let lines = 0; lines < 2; lines++) {
      const before = this.status;
      await until('libtorrent says how it is', () => this.status !== before, { withinMs: 10_000, everyMs: 10 });
    }
    return this.status!;
  }

  connect(peer: string): void {
    this.program.write(JSON.stringify({ connect: peer }));
  }

  limitUpload(bytesPerSecond: number): void {
    this.program.write(JSON.stringify({ uploadBytesPerSecond: bytesPerSecond }));
  }

  stop(): Promise<void> {
    return this.program.stop();
  }
}

/**
 * @param options.exchangePeers tells peers of peers, and listens when they do (BEP 11)
 * @param options.port where a seed that was named before it runs is to listen; any free one unless told
 */
export async function startLibtorrent(options: ForeignOptions & { countBlocks?: boolean; port?: number; exchangePeers?: boolean }): Promise<Libtorrent> {
  const port = options.port ?? await freePort();
  const host = options.host === '::1' ? '[::1]' : '127.0.0.1';
  const configuration = {
    role: options.role, folder: options.folder, listen: `${host}:${port}`, peers: options.peers ?? [],
    ...('file' in options.torrent ? { torrent: options.torrent.file } : { magnet: options.torrent.magnet }),
    transport: options.transport ?? 'tcp', encrypted: options.encrypted ?? false,
    countBlocks: options.countBlocks ?? false, exchangePeers: options.exchangePeers ?? false,
    uploadBytesPerSecond: options.uploadBytesPerSecond ?? 0, downloadBytesPerSecond: options.downloadBytesPerSecond ?? 0,
  };
  const program = await startProgram('libtorrent', python, [script, JSON.stringify(configuration)], { stdin: true, graceMs: 2_000 });
  const client = new Libtorrent(program, `${host}:${port}`);
  await until('libtorrent listens', () => {
    if (program.ended) throw new Error(`libtorrent ended\n${program.tail()}`);
    return client.status?.port === port && (options.role === 'leech' || client.status.complete);
  }, { withinMs: 20_000, describe: () => program.tail() });
  return client;
}

export interface TorrentFile { file: string; infoHash: string }

/** A v1 .torrent made by libtorrent, so that not everything under test was read and written by ourselves. */
export async function makeTorrent(payload: Payload, out: string, trackers: string[] = [], pieceLength = 256 * 1024): Promise<TorrentFile> {
  const configuration = { create: payload.root, parent: payload.parent, out, pieceLength, trackers };
  const program = await startProgram('libtorrent create', python, [script, JSON.stringify(configuration)]);
  const { code } = await program.exited;
  if (code !== 0) throw new Error(`libtorrent made no torrent\n${program.tail()}`);
  return { file: out, infoHash: (JSON.parse(program.stdout) as { infoHash: string }).infoHash };
}

/** A magnet with nothing in it but the hash, and the trackers and peers that the test names. */
export function magnetOf(infoHash: string, { trackers = [], peers = [] }: { trackers?: string[]; peers?: string[] } = {}): string {
  const parts = [
    `xt=urn:btih:${infoHash}`, ...trackers.map((url) => `tr=${encodeURIComponent(url)}`), ...peers.map((peer) => `x.pe=${peer}`),
  ];
  return `magnet:?${parts.join('&')}`;
}
