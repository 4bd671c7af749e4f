// What the store knows of keys: which are publishers', which were revoked, and which took another's place.
import type { TrustDatabase } from './trust-database.ts';

/** More replacements than this in a row are neither taken nor followed. */
export const maxSuccessions = 100;

export const sameKey = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;
export const keyText = (key: Uint8Array): string => Buffer.from(key).toString('hex');

export interface PublisherRow { key: Uint8Array; keyId: Uint8Array | null; name: string; homepage: string | null; since: number; origin: 'asked' | 'file' | 'succession'; newestIssuedAt: number }
export interface Revocation { revokedAt: number; revokedBy: 'publisher' | 'user' }

const publisherColumns = 'key, key_id AS keyId, name, homepage, since, origin, newest_issued_at AS newestIssuedAt';

export class TrustKeys {
  readonly #database: TrustDatabase;

  constructor(database: TrustDatabase) {
    this.#database = database;
  }

  publisher(key: Uint8Array): PublisherRow | undefined {
    return this.#database.get(`SELECT ${publisherColumns} FROM publisher WHERE key = ?`, key) as PublisherRow | undefined;
  }

  /** Every publisher, the oldest first. */
  publishers(): PublisherRow[] {
    return this.#database.all(`SELECT ${publisherColumns} FROM publisher ORDER BY since, name, key`) as unknown as PublisherRow[];
  }

  addPublisher(row: Omit<PublisherRow, 'newestIssuedAt'>): void {
    this.#database.run('INSERT INTO publisher (key, key_id, name, homepage, since, origin) VALUES (?, ?, ?, ?, ?, ?)', row.key, row.keyId, row.name, row.homepage, row.since, row.origin);
  }

  /** The publisher and its pins go; revocations, successions and version marks are not the person's to forget. */
  removePublisher(key: Uint8Array): boolean {
    const pins = this.#database.run('DELETE FROM pin WHERE key = ?', key);
    return this.#database.run('DELETE FROM publisher WHERE key = ?', key) + pins > 0;
  }

  revocation(key: Uint8Array): Revocation | undefined {
    return this.#database.get('SELECT revoked_at AS revokedAt, revoked_by AS revokedBy FROM revocation WHERE key = ?', key) as Revocation | undefined;
  }

  addRevocation(key: Uint8Array, revocation: Revocation): void {
    this.#database.run('INSERT INTO revocation VALUES (?, ?, ?)', key, revocation.revokedAt, revocation.revokedBy);
  }

  /** Revocations of keys that are no publisher's here. */
  strangersRevoked(): number {
    return this.#database.count('SELECT count(*) AS count FROM revocation WHERE key NOT IN (SELECT key FROM publisher)');
  }

  publisherCount(): number {
    return this.#database.count('SELECT count(*) AS count FROM publisher');
  }

  /** The key that took this one's place. */
  successor(key: Uint8Array): Uint8Array | undefined {
    return this.#database.get('SELECT new_key AS newKey FROM succession WHERE key = ?', key)?.newKey as Uint8Array | undefined;
  }

  predecessors(key: Uint8Array): Uint8Array[] {
    return this.#database.all('SELECT key FROM succession WHERE new_key = ?', key).map((row) => row.key as Uint8Array);
  }

  addSuccession(key: Uint8Array, newKey: Uint8Array, appliedAt: number): void {
    this.#database.run('INSERT INTO succession (key, new_key, applied_at) VALUES (?, ?, ?)', key, newKey, appliedAt);
  }

  /** Two different successors were signed with one key: it was in two hands. */
  contest(key: Uint8Array): void {
    this.#database.run('UPDATE succession SET contested = 1 WHERE key = ?', key);
  }

  contested(key: Uint8Array): boolean {
    return this.#database.get('SELECT contested FROM succession WHERE key = ?', key)?.contested === 1;
  }

  /** The key, what took its place, what took that one's, and so on: each once, bounded. */
  line(key: Uint8Array): Uint8Array[] {
    const line = [key];
    const seen = new Set([keyText(key)]);
    for (let next = this.successor(key); next && !seen.has(keyText(next)) && line.length <= maxSuccessions; next = this.successor(next)) {
      seen.add(keyText(next));
      line.push(next);
    }
    return line;
  }

  /** Whether `key` is `owner` or took its place, over any number of steps that `line` follows. */
  leads(owner: Uint8Array, key: Uint8Array): boolean {
    return this.line(owner).some((one) => sameKey(one, key));
  }

  /** Whether somebody whom the person trusts still holds what was pinned to this key: it itself, or what took its place. */
  held(owner: Uint8Array): boolean {
    return this.line(owner).some((key) => this.publisher(key) !== undefined && !this.revocation(key));
  }
}
