// Decides whether an event package's key is trusted here, and remembers for ever which versions were taken and which keys were revoked.
//
// What evpack.md leaves open is decided in trust-verdict.ts (packages) and trust-statements.ts (what publishers say of their own keys).
import { EventEmitter } from 'node:events';
import { ContractError } from '../../contract/index.ts';
import { isUsablePublicKey } from '../package/ed25519.ts';
import { keyIdText } from '../package/minisign-public-key.ts';
import type { EventPackage, KeyStatement } from '../package/package-types.ts';
import { judgeTime } from './trust-clock.ts';
import { TrustDatabase } from './trust-database.ts';
import { TrustKeys } from './trust-keys.ts';
import { applyStatements, askAgain } from './trust-statements.ts';
import type { AppliedStatements } from './trust-statements.ts';
import type { Judgement, PublisherRecord, TrustBounds } from './trust-types.ts';
import { judgeKey } from './trust-verdict.ts';
import type { Mark } from './trust-verdict.ts';

export type { Judgement, PublisherRecord, TrustWarning, Verdict } from './trust-types.ts';

const defaultBounds: TrustBounds = { packages: 100_000, publishers: 10_000, strangersRevoked: 10_000 };
const maxNameLength = 200;

export class TrustStore extends EventEmitter<{ changed: [] }> {
  readonly #database: TrustDatabase;
  readonly #keys: TrustKeys;
  readonly #now: () => number;
  readonly #bounds: TrustBounds;

  private constructor(database: TrustDatabase, now: () => number, bounds: TrustBounds) {
    super();
    this.#database = database;
    this.#keys = new TrustKeys(database);
    this.#now = now;
    this.#bounds = bounds;
  }

  /**
   * Opens or makes the file (SQLite). Several processes may have it open: what is decided is read and written in one transaction.
   * @throws {ContractError} `unreadable` for a damaged file, with what to do: it is set aside, and never replaced by an empty one
   */
  static open(
    file: string, now: () => number = Date.now, { log = console.error, ...bounds }: Partial<TrustBounds> & { log?: (line: string) => void } = {},
  ): TrustStore {
    return new TrustStore(TrustDatabase.open(file, now, log), now, { ...defaultBounds, ...bounds });
  }

  /** What to think of a package whose signature holds. Writes nothing; apply its statements before. */
  judge(pkg: EventPackage): Judgement {
    const mark = this.#mark(pkg.manifest.package.id);
    const verdict = judgeKey(this.#keys, pkg, mark, this.#pinned(pkg.manifest.package.id));
    const { expired, warnings } = judgeTime(pkg, {
      systemAt: this.#now(),
      passedAt: Number(this.#database.get('SELECT newest_at AS at FROM clock')!.at),
      signerAt: this.#keys.publisher(pkg.key)?.newestIssuedAt ?? 0,
    });
    if (verdict.kind === 'first-use' && verdict.knownName) warnings.push('known-name');
    return { verdict, warnings, highestVersion: mark?.version ?? null, expired };
  }

  /**
   * The person said yes: remembers the publisher and pins the package's id to its key. The version counts from `accept` on.
   * @throws {ContractError} with the code and message of the refusal when `judge` refuses
   */
  pin(pkg: EventPackage): void {
    this.#change(() => {
      const { verdict } = this.judge(pkg);
      if (verdict.kind === 'refused') throw new ContractError(verdict.code, verdict.message);
      const { name, homepage } = pkg.manifest.publisher;
      if (!this.#keys.publisher(pkg.key)) {
        this.#makeRoomForPublisher();
        this.#keys.addPublisher({ key: pkg.key, keyId: pkg.keyId, name, homepage: homepage ?? null, since: this.#now(), origin: 'asked' });
      } else this.#completePublisher(pkg);
      if (!this.#replaced(pkg.key)) this.#pinTo(pkg);
    });
  }

  /**
   * A trusted package was taken: pins its id, raises the version mark and notes the time.
   * @throws {ContractError} with the code and message of the refusal when `judge` refuses; `not-trusted` when nobody was asked yet
   */
  accept(pkg: EventPackage): void {
    this.#change(() => {
      const { verdict } = this.judge(pkg);
      if (verdict.kind === 'refused') throw new ContractError(verdict.code, verdict.message);
      if (verdict.kind === 'first-use') throw new ContractError('not-trusted', 'Nobody has said yet that this publisher is trusted. Open the package and compare the fingerprint.');
      if (this.#replaced(pkg.key)) return; // exactly what was taken before
      const { id, title, version } = pkg.manifest.package;
      this.#pinTo(pkg);
      this.#completePublisher(pkg);
      if (!this.#mark(id)) this.#makeRoomForPackage('mark');
      this.#database.run(
        `INSERT INTO mark (package_id, version, digest, key, title, signed_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (package_id) DO UPDATE SET
         version = excluded.version, digest = excluded.digest, key = excluded.key, title = excluded.title, signed_at = excluded.signed_at`,
        id, version, pkg.digest, pkg.key, title, pkg.issuedAt,
      );
      this.#database.run('UPDATE publisher SET newest_issued_at = max(newest_issued_at, ?) WHERE key = ?', pkg.issuedAt, pkg.key);
      // Passed for sure is only what the publisher and our own clock agree on: neither alone can push time ahead for the others' packages.
      this.#database.run('UPDATE clock SET newest_at = max(newest_at, ?)', Math.min(pkg.issuedAt, this.#now()));
    });
  }

  /**
   * Trusts a key from a `.pub` file. `keyId` (8 bytes) lets packages that carry no key find it.
   * @throws {ContractError} `bad-key`; `key-revoked`
   */
  install(key: Uint8Array, name: string, keyId: Uint8Array | null = null): void {
    if (key.length !== 32 || !isUsablePublicKey(key)) throw new ContractError('bad-key', 'This public key is none that can be trusted. Ask the publisher for another.');
    this.#change(() => {
      const revocation = this.#keys.revocation(key);
      if (revocation) {
        throw new ContractError('key-revoked', revocation.revokedBy === 'user' ? 'You have revoked this key. It is not trusted again.'
          : 'This key was revoked by its publisher. Ask the publisher for the new one.');
      }
      const known = this.#keys.publisher(key);
      const shownName = name.slice(0, maxNameLength);
      if (known) {
        this.#database.run("UPDATE publisher SET origin = 'file', name = ?, key_id = coalesce(?, key_id) WHERE key = ?", shownName || known.name, keyId, key);
        return;
      }
      this.#makeRoomForPublisher();
      this.#keys.addPublisher({ key, keyId, name: shownName, homepage: null, since: this.#now(), origin: 'file' });
    });
  }

  /** Takes statements whose signatures hold (rules: see trust-statements.ts). */
  apply(statements: KeyStatement[]): AppliedStatements {
    if (statements.length === 0) return { applied: [], ignored: [] };
    const context = { database: this.#database, keys: this.#keys, bounds: this.#bounds, nowAt: this.#now() };
    const { answer, changed } = this.#database.write(() => applyStatements(context, statements));
    if (changed) this.emit('changed');
    return answer;
  }

  /** The person will be asked again. Pins go; version marks, successions and revocations stay for ever. */
  forget(key: Uint8Array): void {
    this.#change(() => this.#keys.removePublisher(key));
  }

  /** The person does not trust this key any more, known or not. For ever: nothing takes it back. */
  revoke(key: Uint8Array): void {
    this.#change(() => {
      if (this.#keys.revocation(key)) return;
      this.#keys.addRevocation(key, { revokedAt: this.#now(), revokedBy: 'user' });
      if (this.#keys.contested(key)) askAgain(this.#keys, key);
    });
  }

  /** Since when (epoch ms) a key is known here; null for one that is not. */
  knownSince(key: Uint8Array): number | null {
    return this.#keys.publisher(key)?.since ?? null;
  }

  publishers(): PublisherRecord[] {
    const packages = new Map<string, PublisherRecord['packages']>();
    for (const row of this.#database.all('SELECT hex(key) AS key, package_id AS id, title, version, signed_at AS lastSignedAt FROM mark ORDER BY signed_at DESC, package_id')) {
      const { key, ...one } = row as { key: string } & PublisherRecord['packages'][number];
      const list = packages.get(key);
      if (list) list.push(one);
      else packages.set(key, [one]);
    }
    return this.#keys.publishers().map(({ key, keyId, name, homepage, since, origin }) => {
      const revocation = this.#keys.revocation(key);
      const succeededBy = this.#keys.successor(key) ?? null;
      return {
        key, keyId: keyId ? keyIdText(keyId) : '', name, homepage, state: revocation ? 'revoked' : succeededBy ? 'succeeded' : 'trusted', since, origin,
        revokedAt: revocation?.revokedAt ?? null, revokedBy: revocation?.revokedBy ?? null, succeededBy,
        packages: packages.get(Buffer.from(key).toString('hex').toUpperCase()) ?? [],
      };
    });
  }

  /** For packages that carry no key: revoked ones too, so that theirs are refused for what they are. Ids are chosen freely: two keys may share one. */
  knownKeys(): { keyId: Uint8Array; key: Uint8Array }[] {
    return this.#keys.publishers().flatMap(({ key, keyId }) => keyId ? [{ keyId, key }] : []);
  }

  close(): void {
    this.#database.close();
  }

  #mark(id: string): Mark | undefined {
    return this.#database.get('SELECT version, digest, key FROM mark WHERE package_id = ?', id) as Mark | undefined;
  }

  #pinned(id: string): Uint8Array | undefined {
    return this.#database.get('SELECT key FROM pin WHERE package_id = ?', id)?.key as Uint8Array | undefined;
  }

  #replaced(key: Uint8Array): boolean {
    return this.#keys.successor(key) !== undefined;
  }

  #pinTo(pkg: EventPackage): void {
    const { id } = pkg.manifest.package;
    if (!this.#pinned(id)) this.#makeRoomForPackage('pin');
    this.#database.run('INSERT INTO pin VALUES (?1, ?2, ?3) ON CONFLICT (package_id) DO UPDATE SET key = ?2, since = ?3 WHERE key <> ?2', id, pkg.key, this.#now());
  }

  /** What a `.pub` file or a succession could not say; never the name, under which the person knows the publisher. */
  #completePublisher(pkg: EventPackage): void {
    const { name, homepage } = pkg.manifest.publisher;
    // The id in a signature's line is not signed; beside an embedded key it is.
    const keyId = pkg.keySource === 'embedded' ? 'coalesce(?, key_id)' : 'coalesce(key_id, ?)';
    this.#database.run(
      `UPDATE publisher SET key_id = ${keyId}, homepage = coalesce(homepage, ?), name = CASE name WHEN '' THEN ? ELSE name END WHERE key = ?`,
      pkg.keyId, homepage ?? null, name, pkg.key,
    );
  }

  #makeRoomForPublisher(): void {
    if (this.#keys.publisherCount() < this.#bounds.publishers) return;
    throw new ContractError('too-large', `You trust ${this.#bounds.publishers} publishers, more are not kept. Forget some that you do not need.`);
  }

  #makeRoomForPackage(table: 'pin' | 'mark'): void {
    if (this.#database.count(`SELECT count(*) AS count FROM ${table}`) < this.#bounds.packages) return;
    throw new ContractError('too-large', `The versions of ${this.#bounds.packages} packages are remembered, more are not kept, so this package cannot be taken.`);
  }

  #change(work: () => unknown): void {
    this.#database.write(work);
    this.emit('changed');
  }
}
