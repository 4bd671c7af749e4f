import { expect, it } from 'vitest';
import { Bitfield } from '../../../main/engine/bitfield.ts';

it('counts what is set, once for each piece', () => {
  const bits = new Bitfield(10);
  for (const piece of [0, 9, 9, 3]) bits.set(piece);
  bits.set(3, false);
  expect([bits.count, bits.get(0), bits.get(3), bits.get(9), bits.isFull()]).toEqual([2, true, false, true, false]);
});

it('uses the byte order of BEP 3', () => {
  const bits = new Bitfield(9);
  bits.set(0);
  bits.set(8);
  expect([...bits.bytes]).toEqual([0x80, 0x80]);
});

it('cuts off spare bits and ignores numbers that a peer made up', () => {
  const bits = new Bitfield(9, Uint8Array.from([0xff, 0xff, 0xff]));
  expect(bits.count).toBe(9);
  bits.set(9);
  bits.set(-1);
  bits.set(2 ** 31);
  expect([bits.count, bits.isFull(), [...bits.bytes]]).toEqual([9, true, [0xff, 0x80]]);
});

it('has copies of its own', () => {
  const bits = new Bitfield(8);
  const copy = bits.clone();
  bits.set(1);
  expect(copy.get(1)).toBe(false);
});
