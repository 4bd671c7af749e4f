// Computers in one home want the same file: each piece shall come over their line to the internet once, and go from there over the own network.
// They tell one another what they are fetching from outside, with the claims of the crowd extension (docs/crowd-extension.md).
import { Claims, tellClaimNews } from './claims.ts';
import type { PeerLink } from './peer-link.ts';

const TELL_AFTER_MS = 5;
/**
 * What the others in the home have or fetch is left to them even if that leaves nothing to ask outside, while they bring something this often, and
 * at least this part of what came from outside at best within a minute: a slow neighbour that has everything must not stand in for a quick line.
 */
const TRUST_MS = 1500;
const TRUST_SHARE = 0.5;
const REMEMBER_MS = 60_000;

export class HomeShare {
  readonly #now: () => number;
  /** The other computers in the home. */
  readonly #near = new Set<PeerLink>();
  readonly #claims: Claims<PeerLink>;
  #outsideBest = 0;
  #outsideBestAtMs = -Infinity;
  #timer: NodeJS.Timeout | null = null;

  /** @param now milliseconds */
  constructor(pieceCount: number, pieceLength: number, now: () => number) {
    this.#now = now;
    this.#claims = new Claims(pieceCount, pieceLength, now);
  }

  // ---- what we fetch

  /** A piece is being fetched from somebody outside. */
  begin(piece: number): void {
    this.#claims.begin(piece);
    this.#tellSoon();
  }

  /** @param here whether all of it came */
  end(piece: number, here: boolean): void {
    this.#claims.end(piece, here);
    this.#tellSoon();
  }

  /** Somebody has come, or said which extensions it speaks. */
  greet(link: PeerLink): void {
    if (link.connection.isLocal) this.#near.add(link);
    if (listens(link) && this.#claims.ours.size > 0) link.tellClaims([...this.#claims.ours], true);
  }

  /** Once a second. @param links all there are */
  tick(links: ReadonlySet<PeerLink>): void {
    this.#tellSoon();
    if (this.#near.size === 0) return;
    let outside = 0;
    for (const link of links) if (!link.connection.isLocal) outside += link.down.bytesPerSecond;
    if (outside < this.#outsideBest && this.#now() - this.#outsideBestAtMs < REMEMBER_MS) return;
    this.#outsideBest = outside;
    this.#outsideBestAtMs = this.#now();
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  // ---- what the others in the home fetch

  heard(link: PeerLink, pieces: Iterable<number>, begun: boolean): void {
    if (link.connection.isLocal) this.#claims.hear(link, pieces, begun);
  }

  has(link: PeerLink, piece: number): void {
    this.#claims.kept(link, piece);
  }

  left(link: PeerLink): void {
    this.#near.delete(link);
    this.#claims.left(link);
  }

  /**
   * Which pieces are not for somebody outside: another computer in the home has or fetches them. null: there is none.
   * `strictly`: rather nothing than these, because the others bring what they have about as fast as the line to the internet does.
   */
  get avoid(): { strictly: boolean; avoid: (piece: number) => boolean } | null {
    if (this.#near.size === 0) return null;
    const near: PeerLink[] = [];
    let broughtAtMs = -Infinity;
    let bytesPerSecond = 0;
    for (const link of this.#near) {
      if (!link.pieces) continue;
      if (!link.snubbed && !link.peerChoking) near.push(link);
      bytesPerSecond += link.down.bytesPerSecond;
      if (link.receivedBlockBytes > 0) broughtAtMs = Math.max(broughtAtMs, link.lastBytesAtMs);
    }
    if (near.length === 0) return null;
    return {
      strictly: this.#outsideBest > 0 && bytesPerSecond >= TRUST_SHARE * this.#outsideBest && this.#now() - broughtAtMs < TRUST_MS,
      avoid: (piece) => this.#claims.isClaimed(piece) || near.some(({ pieces }) => pieces!.get(piece)),
    };
  }

  #tellSoon(): void {
    if (this.#timer || !this.#claims.hasNews) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      tellClaimNews(this.#claims.takeNews(), [...this.#near].filter(listens));
    }, TELL_AFTER_MS);
  }
}

const listens = ({ connection, isSeed }: PeerLink): boolean => connection.isLocal && connection.speaksCrowd && !isSeed;
