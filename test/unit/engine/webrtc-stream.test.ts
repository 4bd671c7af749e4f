// A data channel as a stream of bytes, with the real library on both sides; and an engine on a system that lacks it.
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import type { NativeWebrtc } from '../../../main/engine/webrtc-stream.ts';
import { WebrtcStream } from '../../../main/engine/webrtc-stream.ts';

const native = await import('node-datachannel') as unknown as NativeWebrtc;
afterAll(() => native.cleanup());

const config = { iceServers: [], bindAddress: '127.0.0.1' };
const none: ReadonlySet<string> = new Set();

async function pair(): Promise<[WebrtcStream, WebrtcStream, offer: string]> {
  const one = new WebrtcStream(native, config, true);
  const other = new WebrtcStream(native, config, false);
  const connected = Promise.all([once(one, 'connect'), once(other, 'connect')]);
  const offer = await one.offer();
  const answer = await other.answer(offer!, none);
  expect(one.accept(answer!, 'answer', none)).toBe(true);
  await connected;
  return [one, other, offer!];
}

describe('a data channel', () => {
  it('carries every byte in order both ways at once, and never holds much that is not sent yet', async () => {
    const [one, other] = await pair();
    const hashOf = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
    const carry = async (from: WebrtcStream, to: WebrtcStream, data: Buffer): Promise<string> => {
      const hash = createHash('sha256');
      let left = data.length;
      const arrived = new Promise<void>((resolve) => to.on('data', (chunk: Buffer) => {
        hash.update(chunk);
        if ((left -= chunk.length) === 0) resolve();
      }));
      for (let at = 0; at < data.length; at += 16_397) {
        if (!from.write(data.subarray(at, at + 16_397))) await once(from, 'drain');
        expect(from.writableLength).toBeLessThan(1024 * 1024);
      }
      await arrived;
      return hash.digest('hex');
    };
    const there = randomBytes(6_000_001);
    const back = randomBytes(3_000_003);
    expect(await Promise.all([carry(one, other, there), carry(other, one, back)])).toEqual([hashOf(there), hashOf(back)]);
    expect(one.route()).toMatchObject({ address: '127.0.0.1', isRelayed: false });
    expect([one.receivedBytes, other.receivedBytes]).toEqual([back.length, there.length]);
    one.destroy();
    await once(other, 'close');
  });

  it('is closed for a stranger who sends and is not read', async () => {
    const [one, other] = await pair();
    one.on('error', () => {});
    const closed = once(other, 'close');
    const data = randomBytes(64 * 1024);
    const pump = (): void => {
      while (!one.destroyed && one.write(data));
    };
    one.on('drain', pump);
    pump();
    await closed;
    expect(other.readableLength).toBeLessThan(2 * 1024 * 1024);
    one.destroy();
  });

  it('can be made again after everything was put away, as when the last torrent was paused', async () => {
    for (let round = 0; round < 2; round++) {
      const [one, other] = await pair();
      const closed = Promise.all([once(one, 'close'), once(other, 'close')]);
      one.destroy();
      other.destroy();
      await closed;
      native.cleanup();
    }
  });

  it('that nobody takes is gone when it is closed', async () => {
    const lonely = new WebrtcStream(native, config, true);
    await lonely.offer();
    lonely.destroy();
    await once(lonely, 'close');
    expect(lonely.accept('v=0', 'answer', none)).toBe(false);
  });
});

it('lets the engine work where there is no binary, with one line that says so', async () => {
  const stranger = new WebrtcStream(native, config, true);
  const offer = await stranger.offer();
  stranger.destroy();
  const child = fileURLToPath(new URL('webrtc-absent-child.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [child, offer!]);
  expect(JSON.parse(stdout)).toEqual({ answers: [null, null], problems: [expect.stringContaining('WebRTC are off')] });
});
