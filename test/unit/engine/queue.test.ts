// The queue lets as many downloads run as the user allows, in their order.
import { describe, expect, it } from 'vitest';
import { reorder, runnable } from '../../../main/engine/queue.ts';

const entry = (id: string, position: number, more = {}) =>
  ({ id, position, paused: false, complete: false, stopped: false, asking: false, ...more });

describe('queue', () => {
  it('runs the first so many by position', () => {
    expect([...runnable([entry('c', 2), entry('a', 0), entry('b', 1)], 2)]).toEqual(['a', 'b']);
  });
  it('gives the place of a paused or stopped one to the next', () => {
    expect([...runnable([entry('a', 0, { paused: true }), entry('b', 1, { stopped: true }), entry('c', 2)], 1)]).toEqual(['c']);
  });
  it('lets complete and asking ones run beside the downloads', () => {
    expect([...runnable([entry('a', 0, { complete: true }), entry('b', 1, { asking: true }), entry('c', 2), entry('d', 3)], 1)]).toEqual(['a', 'b', 'c']);
  });
  it('moves one and keeps the order of the rest', () => {
    expect(reorder(['a', 'b', 'c'], 'c', 0)).toEqual(['c', 'a', 'b']);
    expect(reorder(['a', 'b', 'c'], 'a', 99)).toEqual(['b', 'c', 'a']);
  });
});
