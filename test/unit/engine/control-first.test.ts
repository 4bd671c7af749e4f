// A whole session with a full uplink: what is small and decides something never waits behind blocks.
import { expect, it } from 'vitest';
import { encodeAck } from '../../../main/engine/crowd-messages.ts';
import { BLOCK_LENGTH, MessageId } from '../../../main/engine/wire-messages.ts';
import { Bench, settled, torrentOf } from './session-fixture.ts';
import type { ScriptedPeer } from './session-fixture.ts';

const BLOCKS = 16;
/** What the line is trusted with before anything is known of it. */
const FIRST_BLOCKS = (128 * 1024) / BLOCK_LENGTH;

/** A session that has piece 0, which a peer has asked for: eight blocks are under way, the others wait. */
async function busyUplink() {
  const bench = await new Bench(torrentOf(8, BLOCKS * BLOCK_LENGTH)).start();
  const seed = bench.join().seed();
  await finishPiece(seed);
  const leech = bench.join({ speaksCrowd: true }).leech();
  await settled();
  const [piece] = bench.session.store!.have.get(0) ? [0] : [...Array(8).keys()].filter((index) => bench.session.store!.have.get(index));
  const order: number[] = [];
  const write = leech.write.bind(leech);
  leech.write = (parts) => {
    for (const part of parts) if (part.length < BLOCK_LENGTH) order.push(part[4]!);
    write(parts);
  };
  for (let block = 0; block < BLOCKS; block++) leech.request(piece!, block);
  for (let turn = 0; turn < 5; turn++) await settled(); // the piece is read meanwhile
  expect(leech.blocks).toHaveLength(FIRST_BLOCKS);
  order.length = 0;
  return { bench, seed, leech, order };
}

async function finishPiece(seed: ScriptedPeer): Promise<void> {
  const { piece } = seed.asked[0]!;
  while (seed.asked.some((asked) => asked.piece === piece)) {
    seed.send(seed.asked.splice(seed.asked.findIndex((asked) => asked.piece === piece), 1)[0]!);
    await settled();
  }
  await settled();
}

it('tells of a new piece in front of the blocks that wait, in the same write', async () => {
  const { seed, leech, order } = await busyUplink();
  await finishPiece(seed);
  leech.sayCrowd(encodeAck(64 * 1024));
  await settled();
  expect(leech.haves).toHaveLength(1);
  expect(order.indexOf(MessageId.have)).toBe(0);
  expect(order.slice(1).every((id) => id === MessageId.piece)).toBe(true);
  expect(leech.blocks.length).toBeGreaterThan(FIRST_BLOCKS);
});

it('asks, takes back and says that it is interested at once, however much waits to be sent', async () => {
  const { bench, leech, order } = await busyUplink();
  leech.say(MessageId.have, 7);
  leech.say(MessageId.unchoke);
  await settled();
  expect(order).toContain(MessageId.interested);
  bench.session.pause();
  expect(leech.blocks).toHaveLength(FIRST_BLOCKS);
});

it('tells at once who waits for nothing and lacks the piece, and tells everybody in the end', async () => {
  const bench = await new Bench(torrentOf(2)).start();
  const seed = bench.join().seed();
  const waiting = bench.join().leech();
  const owner = bench.join().leech();
  owner.say(MessageId.have, seed.asked[0]!.piece);
  await finishPiece(seed);
  expect(waiting.haves).toHaveLength(1);
  expect(owner.haves).toHaveLength(0);
  while (!bench.done) await finishPiece(seed);
  expect(owner.haves).toHaveLength(2);
});
