import fc from 'fast-check';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { encode } from 'bencode';
import { AnswerTimes } from '../../../main/engine/answer-times.ts';
import { writeCompact } from '../../../main/engine/compact-address.ts';
import { HttpTrackerLine } from '../../../main/engine/tracker-line.ts';
import { MAX_PEERS_PER_ANSWER, announceUrl, parseAnnounceAnswer } from '../../../main/engine/tracker-http.ts';
import { OutboundGate } from '../../../main/net/outbound-gate.ts';

const query = {
  infoHash: '00ff'.repeat(10), peerId: '2d'.repeat(20), port: 6881, uploaded: 1, downloaded: 2, left: 3, wanted: 100, key: 'abcd', event: 'started', trackerId: null,
} as const;

describe('what a tracker on the web is asked', () => {
  it('is what BEP 3 says, beside what the address has already', () => {
    const url = new URL(announceUrl('http://t.example/announce?passkey=1#x', query));
    expect(url.search.startsWith('?passkey=1&info_hash=%00%ff%00')).toBe(true);
    expect(Object.fromEntries([...url.searchParams].filter(([name]) => !/info_hash|peer_id/.test(name)))).toEqual({
      passkey: '1', port: '6881', uploaded: '1', downloaded: '2', left: '3', compact: '1', numwant: '100', key: 'abcd', supportcrypto: '1', event: 'started',
    });
    expect(announceUrl('http://t.example/announce', { ...query, event: null, trackerId: 'a&b' })).toMatch(/announce\?info_hash.*&trackerid=a%26b$/);
  });
});

describe('what a tracker on the web answers', () => {
  it('gives peers of both families in either form, literal addresses alone', () => {
    const four = encode({ 'interval': 100, 'min interval': 300, 'complete': 2, 'incomplete': 5, 'peers': writeCompact('9.8.7.6:5')!, 'peers6': writeCompact('[2001::5]:6')!, 'external ip': Buffer.from([8, 8, 8, 8]) });
    expect(parseAnnounceAnswer(four)).toEqual({ intervalSeconds: 300, seeders: 2, leechers: 5, peers: ['9.8.7.6:5', '[2001::5]:6'], trackerId: null, ownAddress: '8.8.8.8' });
    const list = encode({ peers: [{ ip: '9.8.7.6', port: 5 }, { ip: 'inner.example', port: 5 }, { ip: '::5', port: 6 }, { ip: '9.8.7.6', port: 0 }, 5] });
    expect(parseAnnounceAnswer(list).peers).toEqual(['9.8.7.6:5', '[::5]:6']);
  });

  it('is bounded', () => {
    expect(parseAnnounceAnswer(encode({ peers: Buffer.alloc(6 * 20_000, 7) })).peers).toHaveLength(MAX_PEERS_PER_ANSWER);
  });

  it('is refused in the words of the tracker, or in ours', () => {
    expect(() => parseAnnounceAnswer(encode({ 'failure reason': 'not \x1bhere' }))).toThrow('not  here');
    for (const nonsense of ['', 'i5e', '<html>', 'le', '3:abc']) expect(() => parseAnnounceAnswer(Buffer.from(nonsense))).toThrow(/no answer of a tracker/);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        parseAnnounceAnswer(bytes);
      } catch (error) {
        expect((error as Error).message).toMatch(/./);
      }
    }));
  });
});

async function ask(answer: (url: string) => { status?: number; headers?: Record<string, string>; body?: Uint8Array; endless?: boolean }) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    const { status = 200, headers = {}, body = new Uint8Array(), endless } = answer(request.url!);
    response.writeHead(status, headers);
    if (!endless) return void response.end(body);
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536, 'a')));
    };
    response.on('drain', more);
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const gate = new OutboundGate({ allowPrivate: false, userAgent: 'Flashswarm/test' });
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await gate.close();
  });
  const heard: unknown[] = [];
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/announce`;
  const options = { url, infoHash: query.infoHash, peerId: query.peerId, userAgent: 'Flashswarm/test', port: () => 6881, figures: () => ({ uploaded: 0, downloaded: 0, left: 1 }) };
  const line = await new Promise<HttpTrackerLine>((resolve) => {
    const made: HttpTrackerLine = new HttpTrackerLine(options, async (address, { near, ...more }) => (await gate.fetchBytes(address, { ...more, allowPrivate: near })).body, {
      answered: (one) => {
        heard.push(one);
        setImmediate(() => resolve(made));
      },
      failed: (message, seconds) => {
        heard.push({ message, seconds });
        resolve(made);
      },
      peer: (address) => heard.push(address), seenAs: (address) => heard.push(`own ${address}`),
    });
    made.announce('started');
  });
  return { line, heard, asked };
}

describe('a tracker on the web, through the gate', () => {
  it('is told of the start and of the end', async () => {
    const { line, heard, asked } = await ask(() => ({ body: encode({ 'interval': 60, 'peers': writeCompact('9.8.7.6:5')!, 'tracker id': 'T' }) }));
    expect(heard).toEqual([expect.objectContaining({ intervalSeconds: 60 }), '9.8.7.6:5']);
    await new Promise<void>((resolve) => line.close(resolve));
    expect(asked.map((url) => [/event=(\w+)/.exec(url)?.[1], /trackerid=(\w+)/.exec(url)?.[1]])).toEqual([['started', undefined], ['stopped', 'T']]);
  });

  it('fails when its answer never ends, and waits as long as it is told to', async () => {
    expect((await ask(() => ({ endless: true }))).heard).toEqual([{ message: expect.stringMatching(/larger/), seconds: null }]);
    expect((await ask(() => ({ status: 503, headers: { 'retry-after': '77' } }))).heard).toEqual([{ message: expect.stringMatching(/overloaded/), seconds: 77 }]);
  });
});

it('keeps the middle of the latest answer times', () => {
  const times = new AnswerTimes();
  expect(times.median).toBeNull();
  for (const ms of [10, 5000, 20]) times.add(ms);
  expect(times.median).toBe(20);
  for (let i = 0; i < 20; i++) times.add(100 + i);
  expect(times.median).toBe(110);
});
