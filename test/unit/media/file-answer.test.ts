// What is answered for a file on the disk: headers, ranges, and that whatever was opened is closed.
import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findFile, isPlayable, openAnswer } from '../../../main/media/file-answer.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** How often this process has the file open (Linux). */
const openTimes = (path: string): number => readdirSync('/proc/self/fd').filter((fd) => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === path;
  } catch {
    return false; // closed meanwhile
  }
}).length;

function song(name = 'song.wav', contentType = 'audio/wav') {
  const path = join(tempFolder('answer'), name);
  writeFileSync(path, '0123456789');
  return { path, length: 10, contentType };
}

describe('the answer for a file', () => {
  it('is the whole of it, its type, a tag, and that ranges are taken', async () => {
    const file = song();
    const { status, headers, content } = await openAnswer(file, { method: 'GET' });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'Content-Type': 'audio/wav', 'Content-Length': '10', 'Accept-Ranges': 'bytes', 'ETag': expect.stringMatching(/^"a-[0-9a-f]+"$/), 'X-Content-Type-Options': 'nosniff',
      'Content-Disposition': `inline; filename="song.wav"; filename*=UTF-8''song.wav`,
    });
    expect(headers).not.toHaveProperty('Content-Range');
    expect(content).toMatchObject({ start: 0, end: 9 });
    await content!.file.close();
    expect(openTimes(file.path)).toBe(0);
  });

  it('is a part, 416 or the whole as the range says; a range means nothing to HEAD', async () => {
    const file = song();
    const part = await openAnswer(file, { method: 'GET', range: 'bytes=2-4' });
    expect(part).toMatchObject({ status: 206, headers: { 'Content-Range': 'bytes 2-4/10', 'Content-Length': '3' }, content: { start: 2, end: 4 } });
    await part.content!.file.close();
    expect(await openAnswer(file, { method: 'GET', range: 'bytes=10-' })).toMatchObject({ status: 416, headers: { 'Content-Range': 'bytes */10', 'Content-Length': '0' }, content: null });
    expect(await openAnswer(file, { method: 'HEAD', range: 'bytes=2-4' })).toMatchObject({ status: 200, headers: { 'Content-Length': '10' }, content: null });
    expect(openTimes(file.path)).toBe(0);
  });

  it('keeps to the whole when the file changed since the tag', async () => {
    const file = song();
    const { ETag: etag } = (await openAnswer(file, { method: 'HEAD' })).headers;
    const same = await openAnswer(file, { method: 'GET', range: 'bytes=2-4', ifRange: etag! });
    expect(same.status).toBe(206);
    await same.content!.file.close();
    utimesSync(file.path, 1, 1);
    const other = await openAnswer(file, { method: 'GET', range: 'bytes=2-4', ifRange: etag! });
    expect(other.status).toBe(200);
    await other.content!.file.close();
  });

  it('is empty for an empty file', async () => {
    const file = song();
    truncateSync(file.path, 0);
    expect(await openAnswer({ ...file, length: 0 }, { method: 'GET' })).toMatchObject({ status: 200, headers: { 'Content-Length': '0' }, content: null });
  });

  it('is never shown in place of a page, and its name breaks no header', async () => {
    for (const [name, expected] of [
      ['a.html', `attachment; filename="a.html"; filename*=UTF-8''a.html`],
      ['déjà "vu"\r\nSet-Cookie: a=b.html', `attachment; filename="d_j_ _vu___Set-Cookie: a=b.html"; filename*=UTF-8''d%C3%A9j%C3%A0%20%22vu%22%0D%0ASet-Cookie%3A%20a%3Db.html`],
      ["it's (100%).svg", `attachment; filename="it's (100_).svg"; filename*=UTF-8''it%27s%20%28100%25%29.svg`],
    ] as const) {
      const { headers } = await openAnswer(song(name, 'application/octet-stream'), { method: 'HEAD' });
      expect(headers['Content-Disposition']).toBe(expected);
    }
  });

  it('refuses what is gone, what has another length, and what is no file', async () => {
    const file = song();
    await expect(openAnswer({ ...file, path: `${file.path}.gone` }, { method: 'GET' })).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('not on the disk any more') });
    truncateSync(file.path, 9);
    await expect(openAnswer(file, { method: 'GET' })).rejects.toMatchObject({ code: 'not-here', message: expect.stringContaining('was changed on the disk') });
    expect(openTimes(file.path)).toBe(0);
    await expect(openAnswer({ ...file, path: tempFolder('folder') }, { method: 'GET' })).rejects.toMatchObject({ code: expect.stringMatching(/not-/) });
    const pipe = join(tempFolder('pipe'), 'song.wav');
    execFileSync('mkfifo', [pipe]);
    await expect(openAnswer({ ...file, path: pipe, length: 0 }, { method: 'GET' })).rejects.toMatchObject({ code: 'not-here' });
  });

  it('passes on what the core says', async () => {
    const failure = { code: 'not-here', message: 'This opens later.' } as const;
    await expect(findFile(async () => ({ ok: false, error: failure }), { id: 'a', index: 0 })).rejects.toMatchObject(failure);
    await expect(findFile(async () => ({ ok: true, value: { path: 1 } }), { id: 'a', index: 0 })).rejects.toThrow();
    expect(['audio/wav', 'video/mp4', 'application/octet-stream', 'text/html', 'xaudio/a'].map(isPlayable)).toEqual([true, true, false, false, false]);
  });
});
