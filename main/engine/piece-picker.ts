// Chooses which missing piece to ask a peer for: rarest first from buckets by availability, or in order.
import { Bitfield } from './bitfield.ts';

/** What a peer has: the picker asks nothing else of it. */
export interface PieceSet {
  get(index: number): boolean;
}

export interface PickContext {
  /** How often a seed has sent or promised each piece (its sent map); counted like copies among the peers. */
  sentBySeed?: Uint16Array | null;
  /** So many ask the same seed as we do: only about one of them may go for the urgent pieces there, or it would send these to everybody first. */
  rivals?: number;
  /** Pieces to leave to others for now, e.g. those a neighbour fetches from the same server. */
  avoid?: (piece: number) => boolean;
  /** Rather nothing than what is to be avoided. */
  strictly?: boolean;
}

/** Classes of pieces, most urgent first. */
const URGENT = 0;
const HIGH = 1;
const NORMAL = 2;
const CLASSES = 3;
/** Looking further for a still rarer piece costs more than it brings. */
const MAX_LOOKS = 8192;

/**
 * Keeps every piece that is wanted, missing and not being fetched in one bucket per class and number of copies.
 * Moving a piece between buckets takes constant time. Peers that have everything are a counter only.
 */
export class PiecePicker {
  readonly pieceCount: number;
  readonly #random: () => number;
  /** Copies among peers that do not have everything. */
  readonly #copies: Uint16Array;
  readonly #class: Uint8Array;
  readonly #open: Bitfield;
  readonly #place: Int32Array;
  readonly #buckets: number[][][] = Array.from({ length: CLASSES }, () => []);
  #openCount = 0;
  #seeds = 0;
  #firstOpen = 0;
  order: 'rarest' | 'sequential' = 'rarest';

  /** @param random 0..1, for ties between pieces of equal availability */
  constructor(pieceCount: number, random: () => number) {
    this.pieceCount = pieceCount;
    this.#random = random;
    this.#copies = new Uint16Array(pieceCount);
    this.#class = new Uint8Array(pieceCount).fill(NORMAL);
    this.#open = new Bitfield(pieceCount);
    this.#place = new Int32Array(pieceCount).fill(-1);
  }

  /** Pieces that are wanted, missing and not being fetched. */
  get openCount(): number {
    return this.#openCount;
  }

  isOpen(piece: number): boolean {
    return this.#open.get(piece);
  }

  /** Copies among the connected peers. */
  availabilityOf(piece: number): number {
    return this.#copies[piece]! + this.#seeds;
  }

  /** Opens a piece (it is wanted, missing, and nobody fetches it) or takes it out. */
  setOpen(piece: number, open: boolean): void {
    if (this.#open.get(piece) === open) return;
    this.#open.set(piece, open);
    this.#openCount += open ? 1 : -1;
    if (open) {
      this.#insert(piece);
      if (piece < this.#firstOpen) this.#firstOpen = piece;
    } else this.#remove(piece);
  }

  /** @param priority 1 normal, 2 high, 3 urgent (the first pieces of what is wanted) */
  setPriority(piece: number, priority: 1 | 2 | 3): void {
    const next = priority === 3 ? URGENT : priority === 2 ? HIGH : NORMAL;
    if (this.#class[piece] === next) return;
    const open = this.#open.get(piece);
    if (open) this.#remove(piece);
    this.#class[piece] = next;
    if (open) this.#insert(piece);
  }

  /** It is one of the first pieces of what is wanted. */
  isUrgent(piece: number): boolean {
    return this.#class[piece] === URGENT;
  }

  /** Copies among the connected peers that do not have everything. */
  copiesOf(piece: number): number {
    return this.#copies[piece]!;
  }

  /** Whether a piece may be fetched in the place of another: as urgent or more, and as rare or more, but for one copy. */
  isAsGood(piece: number, other: number): boolean {
    return this.#class[piece]! <= this.#class[other]! && this.#copies[piece]! <= this.#copies[other]! + 1;
  }

  addCopy(piece: number): void {
    this.#move(piece, 1);
  }

  removeCopy(piece: number): void {
    if (this.#copies[piece]! > 0) this.#move(piece, -1);
  }

  addSeed(): void {
    this.#seeds++;
  }

  removeSeed(): void {
    this.#seeds = Math.max(0, this.#seeds - 1);
  }

  /** The best open piece that the peer has, or -1. */
  pick(peer: PieceSet, context: PickContext = {}): number {
    if (this.#openCount === 0) return -1;
    for (let level = URGENT; level < CLASSES; level++) {
      const piece = this.order === 'sequential'
        ? this.#pickFirst(level, peer, context)
        : this.#pickRarest(level, peer, context);
      if (piece >= 0) return piece;
    }
    // Everything left is avoided; better that than an idle line.
    return context.avoid && !context.strictly ? this.pick(peer, { ...context, avoid: undefined }) : -1;
  }

  /** In order whatever the crowd has or was sent: somebody is watching. */
  #pickFirst(level: number, peer: PieceSet, context: PickContext): number {
    while (this.#firstOpen < this.pieceCount && !this.#open.get(this.#firstOpen)) this.#firstOpen++;
    for (let piece = this.#firstOpen; piece < this.pieceCount; piece++) {
      if (this.#open.get(piece) && this.#class[piece] === level && peer.get(piece) && !context.avoid?.(piece)) return piece;
    }
    return -1;
  }

  #pickRarest(level: number, peer: PieceSet, { sentBySeed, avoid, rivals = 0 }: PickContext): number {
    if (level === URGENT && sentBySeed && rivals > 0 && this.#random() * (rivals + 1) >= 1) return this.#urgentAlreadySent(peer, sentBySeed, avoid);
    const buckets = this.#buckets[level]!;
    let best = -1;
    let bestCopies = Infinity;
    let looks = 0;
    for (let copies = 0; copies < buckets.length && copies < bestCopies; copies++) {
      const bucket = buckets[copies];
      if (!bucket || bucket.length === 0) continue;
      const from = Math.floor(this.#random() * bucket.length) % bucket.length;
      for (let i = 0; i < bucket.length; i++) {
        const piece = bucket[(from + i) % bucket.length]!;
        if (++looks > MAX_LOOKS && best >= 0) return best;
        if (!peer.get(piece) || avoid?.(piece)) continue;
        const sent = sentBySeed?.[piece] ?? 0;
        // A crowd that all asks for the first pieces would make the seed send them to everybody first.
        if (sent > 0 && level === URGENT) continue;
        if (copies + sent < bestCopies) {
          best = piece;
          bestCopies = copies + sent;
          if (sent === 0) return best;
        }
      }
    }
    if (best < 0 && level === URGENT && sentBySeed) return this.#urgentAlreadySent(peer, sentBySeed, avoid);
    return best;
  }

  /** Urgent pieces the seed has sent already compete with the others by their copies. */
  #urgentAlreadySent(peer: PieceSet, sentBySeed: Uint16Array, avoid: PickContext['avoid']): number {
    const rest = this.#pickRarest(HIGH, peer, { sentBySeed, avoid });
    const normal = rest >= 0 ? rest : this.#pickRarest(NORMAL, peer, { sentBySeed, avoid });
    if (normal >= 0) return normal;
    return this.#pickRarest(URGENT, peer, { avoid });
  }

  #insert(piece: number): void {
    const buckets = this.#buckets[this.#class[piece]!]!;
    const copies = this.#copies[piece]!;
    while (buckets.length <= copies) buckets.push([]);
    const bucket = buckets[copies]!;
    this.#place[piece] = bucket.length;
    bucket.push(piece);
  }

  #remove(piece: number): void {
    const bucket = this.#buckets[this.#class[piece]!]![this.#copies[piece]!]!;
    const place = this.#place[piece]!;
    const last = bucket.pop()!;
    if (last !== piece) {
      bucket[place] = last;
      this.#place[last] = place;
    }
    this.#place[piece] = -1;
  }

  #move(piece: number, by: number): void {
    if (!(piece >= 0 && piece < this.pieceCount)) return;
    const open = this.#open.get(piece);
    if (open) this.#remove(piece);
    this.#copies[piece]! += by;
    if (open) this.#insert(piece);
  }
}
