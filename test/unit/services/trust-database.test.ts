// What was acknowledged survives kill -9, and a damaged file is never taken for an empty one.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { TrustStore } from '../../../main/services/trust-store.ts';
import { testSecretKey } from '../../support/make-evpack.ts';
import { leaveNothingBehind, startProgram, until } from '../../support/processes.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { eventPackage, key, newStore, revocation, take, verdictOf } from './trust-parts.ts';

leaveNothingBehind();

/** Pins, accepts and revokes as fast as it can, and says each thing once it is done. */
const writer = `
  const { TrustStore } = await import(process.argv[1]);
  const { createHash } = await import('node:crypto');
  const { writeSync } = await import('node:fs');
  const round = Number(process.argv[3]);
  const store = TrustStore.open(process.argv[2]);
  const key = (text) => Uint8Array.from(createHash('sha256').update(text).digest());
  const say = (line) => writeSync(1, line + '\\n');
  for (let n = 1; ; n += 1) {
    const pkg = (version) => ({
      manifest: { package: { id: 'com.example.r' + round + 'n' + n, title: 'T', version }, publisher: { name: 'P' } }, layers: [], key: key('k' + round + ' ' + n),
      keyId: new Uint8Array(8), keySource: 'embedded', digest: 'd' + version, issuedAt: 1, expiresAt: null, startsAt: null, statements: [],
    });
    store.pin(pkg(1));
    say('pinned ' + n);
    store.accept(pkg(1));
    say('accepted ' + n + ' 1');
    store.accept(pkg(2));
    say('accepted ' + n + ' 2');
    store.apply([{ type: 'revocation', key: key('r' + round + ' ' + n), issuedAt: 1, reason: null, text: '' }]);
    say('revoked ' + n);
  }
`;

describe('kill -9 at any moment', () => {
  it('loses nothing that was acknowledged, and leaves nothing half done', async () => {
    const file = join(tempFolder('trust'), 'trust.db');
    const module = new URL('../../../main/services/trust-store.ts', import.meta.url).href;
    const said: { round: number; lines: string[] }[] = [];
    for (let round = 1; round <= 8; round += 1) {
      const program = await startProgram('writer', process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', writer, module, file, String(round)]);
      await until('the first revocation', () => program.ended || program.stdout.includes('revoked 1\n'), { everyMs: 2, describe: () => program.tail() });
      expect(program.ended, program.tail()).toBe(false);
      await sleep(Math.random() * 60);
      program.signal('SIGKILL');
      expect(await program.exited).toEqual({ code: null, signal: 'SIGKILL' });
      said.push({ round, lines: program.stdout.split('\n').slice(0, -1) });

      const store = TrustStore.open(file);
      const key = (text: string): Uint8Array => Uint8Array.from(createHash('sha256').update(text).digest());
      for (const { round, lines } of said) {
        const highest = new Map<string, number>();
        for (const line of lines) {
          const [what, n, version] = line.split(' ') as [string, string, string | undefined];
          if (what === 'accepted') highest.set(n, Number(version));
          if (what === 'revoked') expect(verdictOf(store, eventPackage({ key: key(`r${round} ${n}`), id: 'com.new' }))).toBe('key-revoked');
          const signer = key(`k${round} ${n}`);
          if (what === 'pinned') expect(verdictOf(store, eventPackage({ key: signer, id: `com.example.r${round}n${n}`, version: 9 }))).toBe('trusted');
          if (what === 'pinned') expect(verdictOf(store, eventPackage({ key: key('stranger'), id: `com.example.r${round}n${n}`, version: 9 }))).toBe('wrong-key');
        }
        for (const [n, version] of highest) {
          const { highestVersion } = store.judge(eventPackage({ key: key(`k${round} ${n}`), id: `com.example.r${round}n${n}` }));
          expect(highestVersion).toBeGreaterThanOrEqual(version);
          if (version === 1) expect(highestVersion! - version).toBeLessThanOrEqual(1); // at most the one under way
        }
      }
      store.close();
    }
    const acknowledged = said.reduce((sum, { lines }) => sum + lines.length, 0);
    expect(acknowledged).toBeGreaterThan(8 * 4 - 1);
  }, 120_000);

  it('in the middle of a write takes the write back', () => {
    // What a kill between the write and the end of a transaction leaves: pages already changed, and the journal with the old ones.
    const { store, file, reopen } = newStore();
    take(store, eventPackage({ key: key('a'), version: 3 }));
    store.close();
    const before = readFileSync(file);
    const database = new DatabaseSync(file);
    database.exec('PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE; UPDATE mark SET version = 1; DELETE FROM pin;');
    const insert = database.prepare('INSERT INTO revocation VALUES (?, 0, ?)');
    for (let n = 0; n < 2_000; n += 1) insert.run(createHash('sha256').update(String(n)).digest(), 'user');
    const halfway = [readFileSync(file), readFileSync(`${file}-journal`)] as const;
    database.exec('ROLLBACK');
    database.close();
    expect(halfway[0].subarray(0, before.length).equals(before)).toBe(false); // some of it had reached the file
    writeFileSync(file, halfway[0]);
    writeFileSync(`${file}-journal`, halfway[1]);
    const after = reopen();
    expect(after.judge(eventPackage({ key: key('a'), version: 2 }))).toMatchObject({ verdict: { code: 'rollback' }, highestVersion: 3 });
    expect(verdictOf(after, eventPackage({ key: key('b'), version: 4 }))).toBe('wrong-key');
    after.close();
  });
});

describe('a damaged file', () => {
  const damages: [string, (file: string) => void][] = [
    ['is empty', (file) => writeFileSync(file, '')],
    ['is something else', (file) => writeFileSync(file, 'this is no database, though it is long enough to be looked at '.repeat(20))],
    ['is cut in half', (file) => truncateSync(file, 8192)],
    ['has a page of rubbish', (file) => writeFileSync(file, Buffer.concat([readFileSync(file).subarray(0, 4096), Buffer.alloc(4096, 0xa5), readFileSync(file).subarray(8192)]))],
    ['is another database', (file) => {
      rmSync(file);
      const other = new DatabaseSync(file);
      other.exec('CREATE TABLE something (x)');
      other.close();
    }],
    ['lacks a table', (file) => {
      const same = new DatabaseSync(file);
      same.exec('DROP TABLE revocation');
      same.close();
    }],
    ['lacks the clock', (file) => {
      const same = new DatabaseSync(file);
      same.exec('DELETE FROM clock');
      same.close();
    }],
  ];

  it.each(damages)('that %s is set aside, said, and not replaced until a person decides', (_, damage) => {
    const log: string[] = [];
    const { store, file, clock } = newStore();
    take(store, eventPackage({ key: key('a') }));
    store.apply([revocation(key('b'))]);
    store.close();
    const backup = readFileSync(file);
    damage(file);
    const damagedBytes = readFileSync(file);

    const open = (): TrustStore => TrustStore.open(file, () => clock.at, { log: (line) => log.push(line) });
    for (let times = 0; times < 3; times += 1) {
      expect(open).toThrow(expect.objectContaining({ code: 'unreadable', message: expect.stringMatching(/Put a backup.*delete the damaged file/) }));
    }
    expect(log).toEqual([expect.stringMatching(/damaged .* set aside as .*\.broken-/)]);
    const [aside] = readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}.broken-`));
    expect(readFileSync(join(dirname(file), aside!))).toEqual(damagedBytes);
    expect(existsSync(file)).toBe(false);

    // A backup goes in place and is used ...
    writeFileSync(file, backup);
    const restored = open();
    expect(verdictOf(restored, eventPackage({ key: key('b') }))).toBe('key-revoked');
    restored.close();
    // ... or the person deletes the damaged file and begins anew.
    rmSync(file);
    expect(open).toThrow(/backup/);
    rmSync(join(dirname(file), aside!));
    const fresh = open();
    expect(fresh.publishers()).toEqual([]);
    fresh.close();
  });

  it('is found in every kind of damage to a byte of its first page, or does no harm', () => {
    const { store, file } = newStore();
    take(store, eventPackage({ key: key('a'), version: 5 }));
    store.apply([revocation(key('b'))]);
    store.close();
    const whole = readFileSync(file);
    for (let offset = 0; offset < 4096; offset += 61) {
      const bytes = Buffer.from(whole);
      bytes[offset]! ^= 0xff;
      writeFileSync(file, bytes);
      let opened: TrustStore | null = null;
      try {
        opened = TrustStore.open(file, Date.now, { log: () => {} });
      } catch (error) {
        expect(error).toMatchObject({ code: 'unreadable' });
      }
      if (opened) {
        expect([verdictOf(opened, eventPackage({ key: key('b') })), verdictOf(opened, eventPackage({ key: key('a'), version: 4 }))], `byte ${offset}`).toEqual(['key-revoked', 'rollback']);
        opened.close();
      }
      for (const name of readdirSync(dirname(file))) if (name.includes('.broken-')) rmSync(join(dirname(file), name));
    }
  });
});

it('is not opened when a newer Flashswarm wrote it, and stays as it is', () => {
  const { store, file } = newStore();
  store.close();
  const newer = new DatabaseSync(file);
  newer.exec('PRAGMA user_version = 2; ALTER TABLE pin ADD COLUMN more TEXT');
  newer.close();
  const before = readFileSync(file);
  expect(() => TrustStore.open(file)).toThrow(expect.objectContaining({ code: 'unreadable', message: expect.stringMatching(/newer Flashswarm/) }));
  expect(readFileSync(file)).toEqual(before);
});

it('is not set aside because somebody else holds it', () => {
  const { store, file } = newStore();
  store.close();
  const other = new DatabaseSync(file);
  other.exec('BEGIN EXCLUSIVE');
  expect(() => TrustStore.open(file)).toThrow(expect.objectContaining({ code: 'unreadable', message: expect.stringMatching(/locked/) }));
  other.close();
  TrustStore.open(file).close();
}, 30_000);

it('is made whole or not at all: what an interrupted first start left is made anew', () => {
  const { store, file } = newStore();
  store.close();
  renameSync(file, `${file}.new-999999999`);
  truncateSync(`${file}.new-999999999`, 100);
  const made = TrustStore.open(file);
  take(made, eventPackage({ key: key('a') }));
  made.close();
  expect(readdirSync(dirname(file))).toEqual([basename(file)]);
});

it('is made once when several processes begin at the same moment, and none loses what it pinned', async () => {
  const file = join(tempFolder('trust'), 'trust.db');
  const stores = fileURLToPath(new URL('../../../main/services/trust-store.ts', import.meta.url));
  const pin = `const { TrustStore } = await import(${JSON.stringify(stores)}); const store = TrustStore.open(${JSON.stringify(file)});
    store.install(new Uint8Array(Buffer.from(process.argv[1], 'hex')), process.argv[1]); store.close();`;
  const keys = [1, 2, 3, 4, 5, 6].map((number) => Buffer.from(testSecretKey(number).publicKey).toString('hex'));
  await Promise.all(keys.map((hex) => promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', pin, hex])));
  const store = TrustStore.open(file);
  expect(store.publishers().map(({ name }) => name).sort()).toEqual([...keys].sort());
  store.close();
  expect(readdirSync(dirname(file))).toEqual([basename(file)]);
});
