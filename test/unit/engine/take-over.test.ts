// Pieces that stand in a long queue go to peers who have nothing else to give.
import { expect, it } from 'vitest';
import { BLOCK_LENGTH, MessageId } from '../../../main/engine/wire-messages.ts';
import { Bench, settled, torrentOf } from './session-fixture.ts';
import type { Asked, ScriptedPeer } from './session-fixture.ts';

const BLOCKS = 4;

/** Both pieces were asked of one peer, who has begun neither, before another had them too. */
async function twoPeers(ablate: string[] = []) {
  const bench = await new Bench(torrentOf(2, BLOCKS * BLOCK_LENGTH)).start();
  for (const name of ['first-pieces', ...ablate]) bench.ablate.add(name); // the first pieces are helped in another way
  const busy = bench.join();
  for (const piece of [0, 1]) busy.say(MessageId.have, piece);
  busy.say(MessageId.unchoke);
  await settled();
  expect(busy.asked).toHaveLength(2 * BLOCKS);
  const free = bench.join();
  for (const piece of [0, 1]) free.say(MessageId.have, piece);
  free.say(MessageId.unchoke);
  await settled();
  return { bench, busy, free };
}

/** Both serve what they are asked for, and refuse what they shall not send. */
async function finish(bench: Bench, ...peers: ScriptedPeer[]): Promise<void> {
  for (let turn = 0; turn < 10 && !bench.done; turn++) {
    for (const peer of peers) {
      for (const asked of peer.cancelled.splice(0)) refuse(peer, asked);
      peer.answer(100);
    }
    await settled();
  }
}

function refuse(peer: ScriptedPeer, { piece, block }: Asked): void {
  peer.say(MessageId.reject, piece, block * BLOCK_LENGTH, BLOCK_LENGTH);
}

it('asks the free peer once the other has said that the piece will not come', async () => {
  const { bench, busy, free } = await twoPeers();
  expect(free.asked).toEqual([]);
  await bench.pass(1000);
  expect(busy.cancelled).toHaveLength(BLOCKS);
  expect(free.asked).toEqual([]);
  const cancelled = busy.cancelled.splice(0);
  for (const asked of cancelled) refuse(busy, asked);
  await settled();
  expect(free.asked).toHaveLength(BLOCKS);
  expect(new Set(free.asked.map(({ piece }) => piece))).toEqual(new Set(cancelled.map(({ piece }) => piece)));
  await finish(bench, busy, free);
  expect(bench.done).toBe(true);
  expect(bench.session.stats().wastedBytes).toBe(0);
});

it('takes what was under way already, and leaves nothing twice', async () => {
  const { bench, busy, free } = await twoPeers();
  await bench.pass(1000);
  const [first, ...rest] = busy.cancelled.splice(0);
  busy.send(first!);
  for (const asked of rest) refuse(busy, asked);
  await settled();
  expect(free.asked).toHaveLength(BLOCKS - 1);
  await finish(bench, busy, free);
  expect(bench.done).toBe(true);
  expect(bench.session.stats().wastedBytes).toBe(0);
});

it('gives the piece back to all when the free peer has left meanwhile', async () => {
  const { bench, busy, free } = await twoPeers();
  await bench.pass(1000);
  free.close('gone');
  for (const asked of [...busy.cancelled]) refuse(busy, asked);
  await bench.pass(12_000);
  busy.answer(100);
  await bench.pass(2000);
  busy.answer(100);
  await settled();
  expect(bench.done).toBe(true);
});

it('leaves a piece that has begun where it is', async () => {
  const { bench, busy } = await twoPeers();
  for (const piece of [0, 1]) busy.send(busy.asked.splice(busy.asked.findIndex((asked) => asked.piece === piece), 1)[0]!);
  await bench.pass(1000);
  expect(busy.cancelled).toEqual([]);
});

it('can be left out, to measure what it brings', async () => {
  const { bench, busy } = await twoPeers(['take-over']);
  await bench.pass(1000);
  expect(busy.cancelled).toEqual([]);
});

it('does not wait for an owner who neither sends nor refuses what it was asked not to send', async () => {
  const { bench, busy, free } = await twoPeers();
  await bench.pass(1000);
  expect(busy.cancelled).toHaveLength(BLOCKS);
  // It sends one block of the other piece now and then, so that it does not count as silent.
  const other = busy.asked.findIndex(({ piece }) => !busy.cancelled.some((asked) => asked.piece === piece));
  for (let turn = 0; turn < 30 && !bench.done; turn++) {
    await bench.pass(500);
    if (turn % 12 === 0 && busy.asked[other]) busy.send(busy.asked.splice(other, 1)[0]!);
    free.answer(100);
  }
  expect(bench.done).toBe(true);
});
