// Keeps what was asked to be opened until a window takes it: the ones before it listens, and later ones as events.
import path from 'node:path';
import type { Payload } from '../../contract/index.ts';
import type { Opened } from './command-line.ts';

type Link = Payload<'links.opened'>;

/** A page in a browser may open links as fast as it likes, window or no window. */
const maxPending = 100;

export class OpenedLinks {
  #pending: Link[] = [];
  #windowListens = false;
  readonly #grant: (path: string) => string;
  readonly #announce: (link: Link) => void;

  /** @param grant a handle for a file that the user named @param announce tells a window that listens */
  constructor(grant: (path: string) => string, announce: (link: Link) => void) {
    this.#grant = grant;
    this.#announce = announce;
  }

  get pending(): Link[] {
    return [...this.#pending];
  }

  open(opened: Opened): void {
    const link: Link = opened.kind === 'link'
      ? { source: { kind: 'link', link: opened.link }, label: opened.link }
      : { source: { kind: 'handle', handle: this.#grant(opened.path) }, label: path.basename(opened.path) };
    if (this.#windowListens) this.#announce(link);
    else if (this.#pending.length < maxPending) this.#pending.push(link);
  }

  /** The page listens: from now on it hears of new ones by itself. What waits is still to be taken. */
  windowListens(): void {
    this.#windowListens = true;
  }

  /** Hands over what waits. */
  take(): Link[] {
    this.windowListens();
    return this.#pending.splice(0);
  }

  /** The page is loaded anew and has to ask again. */
  windowReloads(): void {
    this.#windowListens = false;
  }
}
