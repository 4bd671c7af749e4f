import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeCrowdMessage, encodeAck, encodeClaims, encodeSent } from '../../../main/engine/crowd-messages.ts';
import { SentMap } from '../../../main/engine/sent-map.ts';

it('carries acknowledged bytes beyond 32 bits', () => {
  expect(decodeCrowdMessage(encodeAck(2 ** 45 + 3))).toEqual({ type: 'ack', receivedBytes: 2 ** 45 + 3 });
});

it('cuts a long list into messages that stay bounded', () => {
  const pieces = Array.from({ length: 40_000 }, (_, i) => i);
  const messages = encodeSent(pieces);
  expect(Math.max(...messages.map((message) => message.length))).toBeLessThanOrEqual(65_537);
  const back = messages.flatMap((message) => {
    const decoded = decodeCrowdMessage(message);
    return decoded?.type === 'sent' ? [...decoded.pieces] : [];
  });
  expect(back).toEqual(pieces);
});

it('carries what is begun and given up at the origin, and refuses a list that nobody can be fetching', () => {
  expect(encodeClaims([1, 70_000], true).map(decodeCrowdMessage)).toEqual([{ type: 'claims', begun: true, pieces: Uint32Array.of(1, 70_000) }]);
  expect(encodeClaims([3], false).map(decodeCrowdMessage)).toEqual([{ type: 'claims', begun: false, pieces: Uint32Array.of(3) }]);
  expect(encodeClaims([], true)).toEqual([]);
  expect(encodeClaims(Array.from({ length: 5000 }, (_, i) => i), true)).toHaveLength(2);
  const absurd = new Uint8Array(1 + 4 * 4097);
  absurd[0] = 2;
  expect([decodeCrowdMessage(absurd), decodeCrowdMessage(Uint8Array.of(2, 0, 0, 1))]).toEqual([null, null]);
});

it('takes anything for nothing or for a message, and never throws', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
    const message = decodeCrowdMessage(bytes);
    expect(message === null || ['ack', 'sent', 'claims'].includes(message.type)).toBe(true);
  }));
});

it('counts what was sent, tells news once and newcomers everything', () => {
  const map = new SentMap(4);
  for (const piece of [1, 1, 3, 99, -1]) map.add(piece);
  expect([...map.counts]).toEqual([0, 2, 0, 1]);
  expect(map.takeFresh()).toEqual([1, 1, 3]);
  expect(map.takeFresh()).toEqual([]);
  expect(map.all()).toEqual([1, 1, 3]);
});
