// The body of an answer: the bytes that were asked for, and a file that is closed however it ends.
import { randomBytes } from 'node:crypto';
import { readdirSync, readlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileBody } from '../../../main/media/file-body.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const bytes = randomBytes(1_000_003);

async function body(start: number, end: number) {
  const path = join(tempFolder('body'), 'film.mp4');
  writeFileSync(path, bytes);
  const isOpen = () => readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false; // closed meanwhile
    }
  });
  return { path, isOpen, stream: fileBody({ file: await open(path), start, end }) };
}

describe('the body of an answer', () => {
  it.each([[0, 0], [0, bytes.length - 1], [262_143, 262_144], [5, 600_000], [bytes.length - 1, bytes.length - 1]])('has the bytes from %d to %d, and closes the file after the last', async (start, end) => {
    const { stream, isOpen } = await body(start, end);
    const parts: Uint8Array[] = [];
    for await (const part of stream) parts.push(part);
    expect(Buffer.concat(parts).equals(bytes.subarray(start, end + 1))).toBe(true);
    expect(isOpen()).toBe(false);
  });

  it('closes the file when nobody wants the rest, read or unread', async () => {
    const begun = await body(0, bytes.length - 1);
    const reader = begun.stream.getReader();
    await reader.read();
    void reader.read();
    await reader.cancel();
    expect(begun.isOpen()).toBe(false);
    const unread = await body(0, 10);
    await unread.stream.cancel();
    expect(unread.isOpen()).toBe(false);
  });

  it('fails, and closes the file, when it became shorter', async () => {
    const { path, stream, isOpen } = await body(0, bytes.length - 1);
    const reader = stream.getReader();
    await reader.read();
    truncateSync(path, 1_000);
    await expect(reader.read()).rejects.toThrow('shorter');
    await reader.closed.catch(() => {});
    expect(isOpen()).toBe(false);
  });
});
