// Gives finished downloads the platform's mark, so that the system itself warns before one runs; and takes the permission to run from them.
import { execFile } from 'node:child_process';
import { chmod, lstat, utimes, writeFile } from 'node:fs/promises';

/** What is used of the system, so that the others' systems can be tested here. */
export interface MarkingSystem {
  platform: string;
  now(): number;
  lstat(path: string): Promise<{ mode: number; atime: Date; mtime: Date; isFile(): boolean }>;
  chmod(path: string, mode: number): Promise<void>;
  utimes(path: string, atime: Date, mtime: Date): Promise<void>;
  /** Also to an alternate data stream on Windows. */
  writeFile(path: string, text: string): Promise<void>;
  /** Runs a program of the system, within bounds. @throws Error when it is not there, fails or takes too long */
  run(program: string, args: string[]): Promise<void>;
}

const RUN_WITHIN_MS = 5_000;
const ANY_EXECUTE = 0o111;

export const thisSystem: MarkingSystem = {
  platform: process.platform,
  now: Date.now,
  lstat, chmod, utimes,
  writeFile: (path, text) => writeFile(path, text),
  run: (program, args) => new Promise((resolve, reject) => {
    execFile(program, args, { timeout: RUN_WITHIN_MS, maxBuffer: 4096 }, (error) => (error ? reject(error) : resolve()));
  }),
};

/** Windows: the zone "Internet" ([MS-FSCC] 5.6.1). Where exactly it came from would tell whoever gets a copy of the file. */
const ZONE = '[ZoneTransfer]\r\nZoneId=3\r\nReferrerUrl=about:internet\r\nHostUrl=about:internet\r\n';

/**
 * macOS: a download nobody has agreed to yet; when, and by which program.
 * The fields are flags, seconds since 1970 in hex, program, and a record in a data base of the user's, of which there is none.
 */
const quarantine = (nowMs: number): string => `0081;${Math.floor(nowMs / 1000).toString(16)};Flashswarm;`;

/**
 * Linux has no mark that anything heeds: the attribute `user.xdg.origin.url` would only tell others where a file came from. There the
 * permission to run is what counts, and a download never has it.
 * @param path absolute, of a finished regular file; links are left alone
 * @throws Error when the file or its disk does not take the mark
 */
export async function markDownload(path: string, system: MarkingSystem = thisSystem): Promise<void> {
  const info = await system.lstat(path);
  if (!info.isFile()) return;
  if (system.platform === 'win32') {
    await system.writeFile(`${path}:Zone.Identifier`, ZONE);
    // The mark is no change of the file: a new time would have its pieces hashed again at the next start.
    await system.utimes(path, info.atime, info.mtime);
    return;
  }
  if ((info.mode & ANY_EXECUTE) !== 0) await system.chmod(path, info.mode & 0o777 & ~ANY_EXECUTE);
  if (system.platform === 'darwin') await system.run('/usr/bin/xattr', ['-w', 'com.apple.quarantine', quarantine(system.now()), path]);
}
