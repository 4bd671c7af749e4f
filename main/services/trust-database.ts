// The file in which pins, version marks and revocations survive every crash; a damaged one is never taken for an empty one.
import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { ContractError } from '../../contract/index.ts';

const applicationId = 0x46_53_54_52;
const schemaVersion = 1;

const schema = `
  CREATE TABLE publisher (
    key BLOB PRIMARY KEY CHECK (length(key) = 32), key_id BLOB CHECK (length(key_id) = 8), name TEXT NOT NULL, homepage TEXT,
    since INTEGER NOT NULL, origin TEXT NOT NULL CHECK (origin IN ('asked', 'file', 'succession')), newest_issued_at INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE revocation (
    key BLOB PRIMARY KEY CHECK (length(key) = 32), revoked_at INTEGER NOT NULL, revoked_by TEXT NOT NULL CHECK (revoked_by IN ('publisher', 'user'))
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE succession (
    key BLOB PRIMARY KEY CHECK (length(key) = 32), new_key BLOB NOT NULL CHECK (length(new_key) = 32), applied_at INTEGER NOT NULL,
    contested INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE pin (package_id TEXT PRIMARY KEY, key BLOB NOT NULL CHECK (length(key) = 32), since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE mark (
    package_id TEXT PRIMARY KEY, version INTEGER NOT NULL, digest TEXT, key BLOB NOT NULL CHECK (length(key) = 32), title TEXT NOT NULL,
    signed_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE clock (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), newest_at INTEGER NOT NULL) STRICT;
  CREATE INDEX pin_key ON pin (key);
  CREATE INDEX mark_key ON mark (key);
  INSERT INTO clock VALUES (1, 0);
`;

class Broken extends Error {}

/** SQLITE_CORRUPT and SQLITE_NOTADB: the content is wrong, as opposed to a file that is busy, locked away or on a full disk. */
function saysBroken(error: unknown): boolean {
  const code = (error as { errcode?: unknown }).errcode;
  return error instanceof Broken || (typeof code === 'number' && [11, 26].includes(code & 0xff));
}

export class TrustDatabase {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Opens or makes the file. A damaged one is renamed to `<file>.broken-<time>` and said in the log; from then on every
   * opening fails until a person has put a backup in place or has deleted the damaged file, which alone is a consent to forget.
   * @throws {ContractError} `unreadable` with what to do
   */
  static open(file: string, now: () => number, log: (line: string) => void): TrustDatabase {
    if (!existsSync(file)) {
      const aside = setAside(file);
      if (aside) throw damaged(file, aside);
      create(file);
    }
    let database: DatabaseSync | null = null;
    try {
      database = new DatabaseSync(file);
      configure(database);
      check(database, file);
      return new TrustDatabase(database);
    } catch (error) {
      database?.close();
      if (error instanceof ContractError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      if (!saysBroken(error)) throw new ContractError('unreadable', `The list of trusted publishers (${file}) cannot be opened: ${reason}.`);
      const aside = `${file}.broken-${now()}`;
      // A journal that was left belongs to the file and goes with it, or it would be played into the next one.
      for (const suffix of ['-journal', '-wal', '-shm']) if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
      renameSync(file, aside);
      log(`The list of trusted publishers is damaged (${reason}). It was set aside as ${aside}.`);
      throw damaged(file, aside);
    }
  }

  get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.#statement(sql).get(...values);
  }

  all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.#statement(sql).all(...values);
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  count(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.get(sql, ...values)!.count);
  }

  /** All of it or nothing; on the disk when this returns. */
  write<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#prepared.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #statement(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (!statement) this.#prepared.set(sql, statement = this.#database.prepare(sql));
    return statement;
  }
}

/** EXTRA also syncs the folder after the journal is gone: without it a power cut may take back the last commit. */
function configure(database: DatabaseSync): void {
  database.exec('PRAGMA busy_timeout = 3000; PRAGMA trusted_schema = OFF; PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA fullfsync = ON;');
}

function check(database: DatabaseSync, file: string): void {
  const pragma = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  if (pragma('application_id') !== applicationId) throw new Broken('it is not such a list');
  if (Number(pragma('user_version')) > schemaVersion) {
    throw new ContractError('unreadable', `The list of trusted publishers (${file}) was written by a newer Flashswarm. Use that one.`);
  }
  const result = pragma('integrity_check');
  if (result !== 'ok') throw new Broken(String(result).split('\n')[0]);
  const model = new DatabaseSync(':memory:');
  model.exec(schema);
  const whole = shapeOf(database) === shapeOf(model) && database.prepare('SELECT count(*) AS count FROM clock').get()!.count === 1;
  model.close();
  if (!whole) throw new Broken('parts of it are missing');
}

/** Tables and indexes as they were made. */
function shapeOf(database: DatabaseSync): string {
  return JSON.stringify(database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all());
}

/** Made under another name and put in place when it is whole, so that an empty file is known to be a damaged one. */
function create(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const beside = `${file}.new-${process.pid}`; // of this process: others may begin at the same moment
  for (const name of readdirSync(dirname(file))) {
    const pid = name.startsWith(`${basename(file)}.new-`) ? Number.parseInt(name.slice(basename(file).length + 5), 10) : 0;
    if (pid > 0 && (pid === process.pid || !runs(pid))) rmSync(join(dirname(file), name), { force: true });
  }
  const database = new DatabaseSync(beside);
  try {
    configure(database);
    database.exec(`BEGIN; ${schema} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}; COMMIT;`);
  } finally {
    database.close();
  }
  try {
    linkSync(beside, file); // unlike renaming, it never replaces what another process has put there
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') return renameSync(beside, file); // a disk without hard links
  }
  rmSync(beside, { force: true });
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A damaged file that nobody has decided about yet. */
function setAside(file: string): string | null {
  let names: string[] = [];
  try {
    names = readdirSync(dirname(file));
  } catch {
    // no folder yet: nothing was ever here
  }
  const name = names.sort().find((one) => one.startsWith(`${basename(file)}.broken-`));
  return name ? join(dirname(file), name) : null;
}

function damaged(file: string, aside: string): ContractError {
  return new ContractError(
    'unreadable',
    `The list of trusted publishers is damaged and was set aside as ${aside}. Put a backup of it in place as ${file}. If you have none, delete the `
    + 'damaged file to begin with an empty list: you will be asked about every publisher again, and keys that were revoked are no longer known as such.',
  );
}
