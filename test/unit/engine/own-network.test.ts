// A whole session with somebody in the own network: neither limits nor the pace of the line to the internet hold back what does not go over it.
import { describe, expect, it } from 'vitest';
import { encodeClaims } from '../../../main/engine/crowd-messages.ts';
import { BLOCK_LENGTH, MessageId } from '../../../main/engine/wire-messages.ts';
import { Bench, settled, torrentOf } from './session-fixture.ts';

const BLOCKS = 16;

async function complete(): Promise<Bench> {
  return new Bench(torrentOf(8, BLOCKS * BLOCK_LENGTH), true).start();
}

describe('limits', () => {
  it('on what comes down are those of the internet', async () => {
    const spec = { downloadBytesPerSecond: BLOCK_LENGTH };
    const outside = await new Bench(torrentOf(8, BLOCKS * BLOCK_LENGTH)).start(spec);
    const far = outside.join().seed();
    const inside = await new Bench(torrentOf(8, BLOCKS * BLOCK_LENGTH)).start(spec);
    const near = inside.join({ isLocal: true }).seed();
    for (const [bench, peer] of [[outside, far], [inside, near]] as const) {
      for (let turn = 0; turn < 20; turn++) {
        peer.answer(4);
        await bench.pass(50);
      }
    }
    expect(far.everAsked.length).toBeLessThanOrEqual(4);
    expect(near.everAsked.length).toBeGreaterThan(40);
  });

  it('on what goes up are those of the internet', async () => {
    const bench = await complete();
    bench.uploadLimit.bytesPerSecond = BLOCK_LENGTH;
    const [far, near] = [bench.join({ speaksCrowd: true }).leech(), bench.join({ speaksCrowd: true, isLocal: true }).leech()];
    await settled();
    for (let block = 0; block < BLOCKS; block++) {
      far.request(0, block);
      near.request(1, block);
    }
    await bench.pass(1000);
    expect(near.blocks.length).toBeGreaterThanOrEqual(8);
    expect(far.blocks.length).toBeLessThanOrEqual(3);
  });
});

describe('a full line to the internet', () => {
  it('does not let a neighbour wait, and a neighbour not the line', async () => {
    const bench = await complete();
    const [far, near] = [bench.join({ speaksCrowd: true }).leech(), bench.join({ speaksCrowd: true, isLocal: true }).leech()];
    await settled();
    for (let block = 0; block < BLOCKS; block++) far.request(0, block);
    for (let turn = 0; turn < 5; turn++) await settled();
    const underWay = far.blocks.length;
    expect(underWay).toBeLessThan(BLOCKS); // nothing is acknowledged: more is not handed to the line
    for (let block = 0; block < 4; block++) near.request(1, block);
    for (let turn = 0; turn < 5; turn++) await settled();
    expect(near.blocks).toHaveLength(4);
    expect(far.blocks).toHaveLength(underWay);
  });
});

describe('a piece that a neighbour fetches', () => {
  it('is asked of somebody outside last of all where the neighbour brings nothing', async () => {
    const bench = await new Bench(torrentOf(3)).start();
    const near = bench.join({ isLocal: true, speaksCrowd: true });
    near.say(MessageId.haveNone);
    near.say(MessageId.unchoke);
    near.sayCrowd(encodeClaims([1], true)[0]!);
    const far = bench.join().seed();
    await settled();
    while (far.asked.length > 0) {
      far.answer(1);
      await settled();
      if (far.everAsked.some(({ piece }) => piece === 1)) break;
    }
    const order = [...new Set(far.everAsked.map(({ piece }) => piece))];
    expect(order.at(-1)).toBe(1);
    expect(order).toHaveLength(3);
  });

  it('is fetched outside all the same where the neighbour brings next to nothing, though it says that it has everything', async () => {
    const bench = await new Bench(torrentOf(12)).start();
    const near = bench.join({ isLocal: true, speaksCrowd: true }).seed();
    const far = bench.join({ speaksCrowd: true }).seed();
    for (let turn = 0; turn < 200 && !bench.done; turn++) {
      if (turn % 10 === 0) near.answer(1);
      far.answer(8);
      await bench.pass(100);
    }
    expect(bench.done, `${bench.store.have.count} of 12`).toBe(true);
  });

  it('is told to it: what we fetch from outside, and nothing of what we fetch from it', async () => {
    const bench = await new Bench(torrentOf(4)).start();
    const near = bench.join({ isLocal: true, speaksCrowd: true });
    near.say(MessageId.haveNone);
    near.say(MessageId.have, 0);
    near.say(MessageId.unchoke);
    bench.join().seed();
    await new Promise((resolve) => setTimeout(resolve, 30)); // told in one go, a moment later
    const claimed = near.claims.filter(({ begun }) => begun).flatMap(({ pieces }) => pieces);
    expect(claimed.length).toBeGreaterThan(0);
    expect(claimed).not.toContain(0);
  });
});
