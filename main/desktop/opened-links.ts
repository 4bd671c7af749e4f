// Keeps what was asked to be opened until a window takes it: the ones before it listens, and later ones as events.
import path from 'node:path';
import type { Payload } from '../../contract/index.ts';
import { labelOf } from '../../contract/openable.ts';
import type { OpenRequest } from './open-request.ts';

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

  open(opened: OpenRequest): void {
    const link = this.#toTell(opened);
    if (this.#windowListens) this.#announce(link);
    else if (this.#pending.length < maxPending) this.#pending.push(link);
  }

  #toTell(opened: OpenRequest): Link {
    switch (opened.kind) {
      case 'link': return { source: { kind: 'link', link: opened.link }, label: labelOf(opened.link) };
      case 'file': return { source: { kind: 'handle', handle: this.#grant(opened.path) }, label: path.basename(opened.path) };
      case 'refused': return { refused: opened.message, label: opened.label };
    }
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
