// Pieces that failed once with blocks of several senders: what each sent is remembered until the piece comes right, and then it is known who was wrong.
import { hash } from 'node:crypto';
import type { ActivePiece } from './active-piece.ts';
import { ServerRun } from './server-run.ts';
import type { BlockOwner, BlockServer } from './server-run.ts';
import { BLOCK_LENGTH } from './wire-messages.ts';

type Piece = ActivePiece<BlockOwner>;

const MAX_SUSPECTS = 32;

interface Suspect { digests: string[]; senders: (BlockOwner | null)[] }

export class SuspectPieces {
  readonly #suspects = new Map<number, Suspect>();

  has(piece: number): boolean {
    return this.#suspects.has(piece);
  }

  /** Their numbers, the oldest first. */
  get pieces(): Iterable<number> {
    return this.#suspects.keys();
  }

  /** A piece with blocks of several senders failed its check. */
  add(piece: Piece): void {
    if (this.#suspects.size >= MAX_SUSPECTS) this.#suspects.delete(this.#suspects.keys().next().value!);
    this.#suspects.set(piece.index, { digests: blockDigests(piece), senders: [...piece.senders] });
  }

  /** The servers that sent parts of it when it failed. */
  serversOf(piece: number): Set<BlockServer> {
    return serversAmong(this.#suspects.get(piece)?.senders ?? []);
  }

  /** The piece has come right: whose blocks were others, and which servers' were the same. null: it was no suspect. */
  compare(piece: Piece): { liars: Set<string>; honest: BlockServer[] } | null {
    const suspect = this.#suspects.get(piece.index);
    if (!suspect) return null;
    this.#suspects.delete(piece.index);
    const liars = new Set<string>();
    blockDigests(piece).forEach((digest, block) => {
      const sender = suspect.senders[block];
      if (sender && digest !== suspect.digests[block]) liars.add(sender.connection.host);
    });
    return { liars, honest: [...serversAmong(suspect.senders)].filter((server) => !liars.has(server.connection.host)) };
  }
}

export function serversAmong(senders: readonly (BlockOwner | null)[]): Set<BlockServer> {
  const servers = new Set<BlockServer>();
  for (const sender of senders) if (sender instanceof ServerRun) servers.add(sender.server);
  return servers;
}

function blockDigests(piece: Piece): string[] {
  const digests: string[] = [];
  for (let block = 0; block < piece.blockCount; block++) {
    const from = block * BLOCK_LENGTH;
    digests.push(hash('sha1', piece.data.subarray(from, from + piece.blockLength(block)), 'base64'));
  }
  return digests;
}
