// Who is fetching which piece from the origin: ours, to tell the neighbours, and theirs, so that nobody fetches the same from it.

/** A claim that is neither kept nor told again is forgotten. */
const CLAIM_MS = 20_000;
/** What is still being fetched is told again so often: neighbours forget, and some come late. */
const REFRESH_MS = 8000;
/** One neighbour may claim so much; what it says beyond that is ignored. */
const MAX_CLAIMED_BYTES = 32 * 1024 * 1024;
const MIN_CLAIMS = 64;
/** A neighbour that breaks its word so often, and more often than it keeps it, is not believed any more. */
const MAX_BROKEN = 8;

/** Saying it again, or giving it up and beginning anew, does not help for ever: whoever has not brought a piece by then keeps it from nobody. */
const MOST_CLAIM_MS = 60_000;
/** What a neighbour began and did not bring is remembered, up to so many times what it may claim at once. */
const REMEMBERED_TIMES = 4;

/** `until`: what it claims. `first`: when it claimed what it has not brought. */
interface Neighbour { until: Map<number, number>; first: Map<number, number>; kept: number; broken: number }

export interface ClaimNews { begun: number[]; givenUp: number[] }

/** Tells neighbours what they have not heard yet. */
export function tellClaimNews({ begun, givenUp }: ClaimNews, links: Iterable<{ tellClaims(pieces: readonly number[], begun: boolean): void }>): void {
  for (const link of links) {
    if (givenUp.length > 0) link.tellClaims(givenUp, false);
    if (begun.length > 0) link.tellClaims(begun, true);
  }
}

/** @typeParam Who a neighbour, by identity */
export class Claims<Who> {
  readonly #now: () => number;
  readonly #pieceCount: number;
  readonly #most: number;
  readonly #ours = new Set<number>();
  readonly #neighbours = new Map<Who, Neighbour>();
  /** How many neighbours claim a piece. */
  readonly #counts = new Map<number, number>();
  #begun = new Set<number>();
  #givenUp = new Set<number>();
  #toldAllAtMs: number;
  #sweptAtMs = -Infinity;

  /** @param now milliseconds */
  constructor(pieceCount: number, pieceLength: number, now: () => number) {
    this.#pieceCount = pieceCount;
    this.#most = Math.max(MIN_CLAIMS, Math.ceil(MAX_CLAIMED_BYTES / pieceLength));
    this.#now = now;
    this.#toldAllAtMs = now();
  }

  // ---- ours

  begin(piece: number): void {
    this.#ours.add(piece);
    this.#givenUp.delete(piece);
    this.#begun.add(piece);
  }

  /** @param here whether it arrived: the neighbours hear that anyway */
  end(piece: number, here: boolean): void {
    if (!this.#ours.delete(piece)) return;
    const told = !this.#begun.delete(piece);
    if (!here && told) this.#givenUp.add(piece);
  }

  get ours(): ReadonlySet<number> {
    return this.#ours;
  }

  /** What the neighbours have not heard yet; everything once in a while. */
  takeNews(): ClaimNews {
    const all = this.#now() - this.#toldAllAtMs >= REFRESH_MS;
    if (all) this.#toldAllAtMs = this.#now();
    const news = { begun: [...(all ? this.#ours : this.#begun)], givenUp: [...this.#givenUp] };
    this.#begun = new Set();
    this.#givenUp = new Set();
    return news;
  }

  get hasNews(): boolean {
    return this.#begun.size > 0 || this.#givenUp.size > 0 || (this.#ours.size > 0 && this.#now() - this.#toldAllAtMs >= REFRESH_MS);
  }

  // ---- theirs

  /** @param pieces as they came: numbers outside the torrent, and more than one client can be fetching, are ignored */
  hear(who: Who, pieces: Iterable<number>, begun: boolean): void {
    const neighbour = this.#neighbours.get(who) ?? { until: new Map<number, number>(), first: new Map<number, number>(), kept: 0, broken: 0 };
    this.#neighbours.set(who, neighbour);
    if (begun && neighbour.broken > MAX_BROKEN && neighbour.broken > neighbour.kept) return;
    const now = this.#now();
    for (const piece of pieces) {
      if (!(piece >= 0 && piece < this.#pieceCount)) continue;
      if (!begun) {
        this.#remove(neighbour, piece);
        continue;
      }
      const isNew = !neighbour.until.has(piece);
      const first = neighbour.first.get(piece) ?? now;
      const until = Math.min(now + CLAIM_MS, first + MOST_CLAIM_MS);
      if (until <= now || (isNew && neighbour.until.size >= this.#most) || (first === now && neighbour.first.size >= REMEMBERED_TIMES * this.#most)) continue;
      neighbour.first.set(piece, first);
      neighbour.until.set(piece, until);
      if (isNew) this.#counts.set(piece, (this.#counts.get(piece) ?? 0) + 1);
    }
  }

  /** The neighbour has the piece now. */
  kept(who: Who, piece: number): void {
    const neighbour = this.#neighbours.get(who);
    neighbour?.first.delete(piece);
    if (neighbour && this.#remove(neighbour, piece)) neighbour.kept++;
  }

  left(who: Who): void {
    const neighbour = this.#neighbours.get(who);
    if (!neighbour) return;
    for (const piece of [...neighbour.until.keys()]) this.#remove(neighbour, piece);
    this.#neighbours.delete(who);
  }

  /** Whether a neighbour is fetching the piece from the origin. */
  isClaimed(piece: number): boolean {
    this.#sweep();
    return this.#counts.has(piece);
  }

  /** Neighbours that are fetching something from the origin. */
  get claimants(): number {
    this.#sweep();
    let count = 0;
    for (const { until } of this.#neighbours.values()) if (until.size > 0) count++;
    return count;
  }

  get claimedCount(): number {
    this.#sweep();
    return this.#counts.size;
  }

  #sweep(): void {
    const now = this.#now();
    if (now - this.#sweptAtMs < 500) return;
    this.#sweptAtMs = now;
    for (const neighbour of this.#neighbours.values()) {
      for (const [piece, until] of neighbour.until) {
        if (until > now) continue;
        this.#remove(neighbour, piece);
        neighbour.broken++;
      }
    }
  }

  #remove(neighbour: Neighbour, piece: number): boolean {
    if (!neighbour.until.delete(piece)) return false;
    const left = this.#counts.get(piece)! - 1;
    if (left > 0) this.#counts.set(piece, left);
    else this.#counts.delete(piece);
    return true;
  }
}
