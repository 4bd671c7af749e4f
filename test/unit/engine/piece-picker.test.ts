import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitfield } from '../../../main/engine/bitfield.ts';
import { PiecePicker } from '../../../main/engine/piece-picker.ts';

const everything = { get: () => true };
const only = (...pieces: number[]) => ({ get: (piece: number) => pieces.includes(piece) });

function pickerOf(count: number): PiecePicker {
  const picker = new PiecePicker(count, () => 0);
  for (let piece = 0; piece < count; piece++) picker.setOpen(piece, true);
  return picker;
}

describe('rarest first', () => {
  it('asks for the piece with the fewest copies', () => {
    const picker = pickerOf(3);
    picker.addCopy(0);
    picker.addCopy(0);
    picker.addCopy(2);
    expect(picker.pick(everything)).toBe(1);
    expect(picker.pick(only(0, 2))).toBe(2);
  });

  it('picks nothing that the peer lacks, that is not open, or that is not there', () => {
    const picker = pickerOf(2);
    picker.setOpen(0, false);
    expect([picker.pick(only(0)), picker.pick(only()), picker.pick(only(1))]).toEqual([-1, -1, 1]);
  });

  it('counts complete peers for all pieces alike', () => {
    const picker = pickerOf(2);
    picker.addSeed();
    picker.addCopy(1);
    expect([picker.availabilityOf(0), picker.availabilityOf(1)]).toEqual([1, 2]);
  });

  it('always finds one of the rarest, whatever happened before', () => {
    const step = fc.record({ piece: fc.nat(19), action: fc.constantFrom('copy', 'lose', 'open', 'close') });
    fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const picker = new PiecePicker(20, Math.random);
      const copies = new Array<number>(20).fill(0);
      const open = new Set<number>();
      for (const { piece, action } of steps) {
        if (action === 'copy') { picker.addCopy(piece); copies[piece]!++; }
        if (action === 'lose') { picker.removeCopy(piece); copies[piece] = Math.max(0, copies[piece]! - 1); }
        if (action === 'open') { picker.setOpen(piece, true); open.add(piece); }
        if (action === 'close') { picker.setOpen(piece, false); open.delete(piece); }
      }
      const picked = picker.pick(everything);
      expect(picker.openCount).toBe(open.size);
      if (open.size === 0) {
        expect(picked).toBe(-1);
        return;
      }
      expect(open.has(picked)).toBe(true);
      expect(copies[picked]).toBe(Math.min(...[...open].map((piece) => copies[piece]!)));
    }));
  });
});

describe('order and priorities', () => {
  it('goes through the pieces in order when asked to', () => {
    const picker = pickerOf(4);
    picker.order = 'sequential';
    picker.addCopy(0);
    expect(picker.pick(everything)).toBe(0);
    picker.setOpen(0, false);
    expect(picker.pick(everything)).toBe(1);
    picker.setOpen(0, true);
    expect(picker.pick(everything)).toBe(0);
  });

  it('takes urgent pieces before high ones before the rest, however rare those are', () => {
    const picker = pickerOf(3);
    picker.setPriority(2, 3);
    picker.setPriority(1, 2);
    picker.addCopy(2);
    picker.addCopy(2);
    picker.addCopy(1);
    const order: number[] = [];
    for (let piece = picker.pick(everything); piece >= 0; piece = picker.pick(everything)) {
      order.push(piece);
      picker.setOpen(piece, false);
    }
    expect(order).toEqual([2, 1, 0]);
  });
});

describe('the sent map of a seed', () => {
  it('counts what the seed has sent as copies when that seed is asked', () => {
    const picker = pickerOf(3);
    expect(picker.pick(everything, { sentBySeed: Uint16Array.from([1, 0, 2]) })).toBe(1);
  });

  it('does not ask a seed for an urgent piece it has sent while others never left', () => {
    const picker = pickerOf(3);
    picker.setPriority(0, 3);
    expect(picker.pick(everything, { sentBySeed: Uint16Array.from([1, 0, 0]) })).not.toBe(0);
    expect(picker.pick(everything, { sentBySeed: Uint16Array.from([0, 0, 0]) })).toBe(0);
    expect(picker.pick(only(0), { sentBySeed: Uint16Array.from([1, 0, 0]) })).toBe(0);
  });

  it('lets no piece leave the seed twice before all have left once', () => {
    const picker = pickerOf(40);
    const sent = new Uint16Array(40);
    const left = new Bitfield(40);
    for (let round = 0; round < 40; round++) {
      const piece = picker.pick(everything, { sentBySeed: sent });
      sent[piece]!++;
      left.set(piece);
    }
    expect(left.isFull()).toBe(true);
  });
});

it('leaves pieces that others fetch to them, unless nothing else is left', () => {
  const picker = pickerOf(2);
  expect(picker.pick(everything, { avoid: (piece) => piece === 0 })).toBe(1);
  expect(picker.pick(only(0), { avoid: (piece) => piece === 0 })).toBe(0);
});

describe('urgent pieces at a seed that tells what it sends', () => {
  const picked = (rivals: number, random: number): number => {
    const picker = new PiecePicker(8, () => random);
    for (let piece = 0; piece < 8; piece++) picker.setOpen(piece, true);
    picker.setPriority(0, 3);
    return picker.pick(everything, { sentBySeed: new Uint16Array(8), rivals });
  };

  it('are asked for by one of a crowd, so that the others bring something new', () => {
    expect(picked(0, 0.99)).toBe(0);
    expect(picked(15, 1 / 17)).toBe(0);
    expect(picked(15, 1 / 15)).not.toBe(0);
  });

  it('are asked for all the same when there is nothing else', () => {
    const picker = new PiecePicker(1, () => 0.5);
    picker.setOpen(0, true);
    picker.setPriority(0, 3);
    expect(picker.pick(everything, { sentBySeed: new Uint16Array(1), rivals: 15 })).toBe(0);
  });
});
