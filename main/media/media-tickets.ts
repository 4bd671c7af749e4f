// Addresses that cannot be guessed for files of packages: each stands for one file, as long as the host runs.
import { randomBytes } from 'node:crypto';

/** A file of a package, as the core knows it. */
export interface PackageFile { id: string; index: number }

const maxTickets = 1000;

/** Tickets name no path: whoever holds one still gets only what the core gives out at that moment. */
export class MediaTickets {
  readonly #files = new Map<string, PackageFile>();
  readonly #tickets = new Map<string, string>();

  /** 128 random bits, the same ones for the same file. The ticket not used for longest goes when there are too many. */
  issue({ id, index }: PackageFile): string {
    const key = `${index} ${id}`;
    const known = this.#tickets.get(key);
    if (known !== undefined && this.find(known)) return known;
    for (const [oldest, file] of this.#files) {
      if (this.#files.size < maxTickets) break;
      this.#files.delete(oldest);
      this.#tickets.delete(`${file.index} ${file.id}`);
    }
    const ticket = randomBytes(16).toString('base64url');
    this.#files.set(ticket, { id, index });
    this.#tickets.set(key, ticket);
    return ticket;
  }

  find(ticket: string): PackageFile | null {
    const file = this.#files.get(ticket);
    if (!file) return null;
    this.#files.delete(ticket);
    this.#files.set(ticket, file); // in the order of their last use
    return file;
  }
}
