import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encode } from 'bencode';
import { afterEach, describe, expect, it } from 'vitest';
import { writeCompact } from '../../../main/engine/compact-address.ts';
import { SwarmTrackers } from '../../../main/engine/webtorrent-trackers.ts';
import { OutboundGate } from '../../../main/net/outbound-gate.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A tracker that answers, refuses, or says nothing at all. */
async function startTracker(kind: 'answers' | 'refuses' | 'silent') {
  const events: string[] = [];
  const server = createServer((request, response) => {
    events.push(/event=(\w+)/.exec(request.url!)?.[1] ?? 'update');
    if (kind === 'silent') return;
    response.end(encode(kind === 'answers' ? { interval: 1000, complete: 3, incomplete: 4, peers: writeCompact('9.9.9.9:9')! } : { 'failure reason': 'go away' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/announce`, events };
}

function startTrackers(tiers: string[][], random: number) {
  const gate = new OutboundGate({ allowPrivate: false, userAgent: 'Flashswarm/test' });
  const peers: string[][] = [];
  let told = (): void => {};
  const trackers: SwarmTrackers = new SwarmTrackers({
    infoHash: 'ab'.repeat(20), peerId: 'cd'.repeat(20), userAgent: 'Flashswarm/test', port: () => 6881, random: () => random,
    fetchAnswer: async (url, { near, ...more }) => (await gate.fetchBytes(url, { ...more, allowPrivate: near })).body,
    figures: () => ({ uploaded: 0, downloaded: 0, left: 1 }), onPeer: (address, tracker) => peers.push([address, tracker]), onSeenAs: () => {}, onChange: () => told(),
  });
  closing.push(async () => {
    await trackers.stop();
    await gate.close();
  });
  trackers.set(tiers);
  trackers.start();
  const settled = (count: number): Promise<void> => new Promise((resolve) => {
    told = () => {
      const { working, failed } = trackers.summary;
      if (working + failed >= count) setImmediate(resolve);
    };
    told();
  });
  return { trackers, peers, settled };
}

describe('trackers of a torrent', () => {
  it('are all asked at once whatever their tier, and one that is silent holds up nobody', async () => {
    const [silent, refuses, answers] = [await startTracker('silent'), await startTracker('refuses'), await startTracker('answers')];
    const { trackers, peers, settled } = startTrackers([[silent.url], [refuses.url], [answers.url]], 0);
    await settled(2);
    expect([silent.events, refuses.events, answers.events]).toEqual([['started'], ['started'], ['started']]);
    expect(trackers.summary).toEqual({ total: 3, working: 1, failed: 1 });
    expect(trackers.states()).toMatchObject([
      { state: 'announcing', answers: 0, failures: 0, medianAnswerMs: null },
      { state: 'failed', message: 'go away', answers: 0, failures: 1, medianAnswerMs: null },
      { state: 'working', message: null, seeders: 3, leechers: 4, answers: 1, failures: 0 },
    ]);
    const { answerMs, medianAnswerMs } = trackers.states()[2]!;
    expect([medianAnswerMs, peers]).toEqual([answerMs, [['9.9.9.9:9', '127.0.0.1']]]);
    await trackers.stop();
    expect(answers.events).toEqual(['started', 'stopped']);
  });

  it('are never asked before they want to be, and a crowd is spread over the time after that', async () => {
    const answers = await startTracker('answers');
    const waits: number[] = [];
    for (const random of [0, 1]) {
      const { trackers, settled } = startTrackers([[answers.url]], random);
      await settled(1);
      const { lastAnswerAt, nextAnnounceAt } = trackers.states()[0]!;
      waits.push(Math.round((nextAnnounceAt! - lastAnswerAt!) / 1000));
    }
    expect(waits).toEqual([1000, 1100]);
  });

  it('that refused the start are told of the start again', async () => {
    const refuses = await startTracker('refuses');
    const { trackers, settled } = startTrackers([[refuses.url]], 0);
    await settled(1);
    trackers.announce();
    await settled(1);
    await trackers.stop();
    expect(refuses.events.slice(0, 2)).toEqual(['started', 'started']);
  });
});
