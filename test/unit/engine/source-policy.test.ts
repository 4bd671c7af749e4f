// Server or people: an origin byte is spent only where it brings the crowd forward, and nobody waits longer for that than over HTTP alone.
import { describe, expect, it } from 'vitest';
import { SourcePolicy } from '../../../main/engine/source-policy.ts';
import type { SourceFigures } from '../../../main/engine/source-policy.ts';

const MB = 1_000_000;
const figures: SourceFigures = {
  cdn: 'start-and-rescue', moreServer: false, nowMs: 0, people: 5, crowd: 5, hungry: false, gentle: false, peopleBytesPerSecond: 0, serverBytesPerSecond: 0, receivedBytes: 0, bytesLeft: 100 * MB, idleMs: 0,
};

/** What is decided after so many seconds of the same: people bring what they bring, servers nothing more. */
function after(seconds: number, change: Partial<SourceFigures>, policy = new SourcePolicy(), from = 0) {
  const all = { ...figures, ...change };
  let decision = policy.decide({ ...all, nowMs: from });
  for (let ms = 250; ms <= seconds * 1000; ms += 250) {
    decision = policy.decide({ ...all, nowMs: from + ms, receivedBytes: all.receivedBytes + (all.peopleBytesPerSecond * ms) / 1000 });
  }
  return decision.use;
}

describe('start and rescue', () => {
  it('takes everything from the server while nobody else is there', () => {
    expect(after(0, { people: 0, crowd: 0 })).toBe('all');
    expect(after(60, { people: 0, crowd: 0, serverBytesPerSecond: MB })).toBe('all');
  });

  it('brings what is new to a crowd that has nothing yet, and nothing twice', () => {
    expect(after(0, { people: 0, crowd: 7 })).toBe('fresh');
    expect(after(0, {})).toBe('fresh');
  });

  it('asks the server beside seeds, to see which is quicker, and beside a crowd when people had a moment', () => {
    expect(after(0, { crowd: 0, peopleBytesPerSecond: 1 })).toBe('any');
    expect(after(0.25, { peopleBytesPerSecond: MB })).toBe('fresh');
    expect(after(3, { peopleBytesPerSecond: MB })).toBe('all');
  });

  it('leaves to people what they bring sooner than HTTP alone would', () => {
    expect(after(10, { peopleBytesPerSecond: 1.4 * MB, serverBytesPerSecond: MB })).toBe('fresh');
    expect(after(10, { crowd: 0, peopleBytesPerSecond: 1.4 * MB, serverBytesPerSecond: MB })).toBe('rare');
  });

  it('goes on beside people, at once and at full speed, while it is quicker than they are', () => {
    expect(after(0, { peopleBytesPerSecond: MB, serverBytesPerSecond: 10 * MB })).toBe('all');
    expect(after(10, { peopleBytesPerSecond: MB, serverBytesPerSecond: 10 * MB })).toBe('all');
    expect(after(10, { crowd: 0, peopleBytesPerSecond: 1, serverBytesPerSecond: 10 * MB })).toBe('all');
  });

  it('and waits for people in a gentle beginning, unless they have nothing to send', () => {
    const quicker = { peopleBytesPerSecond: MB, serverBytesPerSecond: 10 * MB, gentle: true };
    expect(after(5, quicker)).toBe('fresh');
    expect(after(5, { ...quicker, hungry: true })).toBe('any');
    expect(after(5, { ...quicker, crowd: 0 })).toBe('all');
  });

  it('does not turn with every waver: what is in hand is used up first, but never more than some seconds of it', () => {
    const policy = new SourcePolicy();
    after(10, { peopleBytesPerSecond: 4 * MB, serverBytesPerSecond: MB }, policy);
    const slower = { peopleBytesPerSecond: 0.1 * MB, serverBytesPerSecond: MB, receivedBytes: 40 * MB };
    expect(after(3, slower, policy, 10_000)).toBe('fresh');
    expect(after(3, { ...slower, receivedBytes: 40.3 * MB }, policy, 13_000)).toBe('all');
  });

  it('comes back for a stall, and when the thresholds say so', () => {
    const carried = { peopleBytesPerSecond: 2 * MB, serverBytesPerSecond: MB };
    const policy = new SourcePolicy();
    after(2, carried, policy);
    expect(after(0, { ...carried, receivedBytes: 4 * MB, moreServer: true }, policy, 2000)).toBe('any');
    expect(after(0, { ...carried, receivedBytes: 4 * MB, idleMs: 3500 }, policy, 2000)).toBe('all');
  });
});

describe('the end', () => {
  it('is helped where a piece is late: later than all that is left, or than HTTP alone would have been done', () => {
    const late = (change: Partial<SourceFigures>): number => new SourcePolicy().decide({ ...figures, peopleBytesPerSecond: MB, ...change }).helpAfterMs;
    expect(late({ bytesLeft: 10 * MB, serverBytesPerSecond: 0.1 * MB })).toBe(30_000);
    expect(late({ bytesLeft: 0.1 * MB, serverBytesPerSecond: 0.01 * MB })).toBe(4000);
    expect(late({ bytesLeft: 10 * MB, serverBytesPerSecond: 5 * MB })).toBe(2000);
    expect(late({ bytesLeft: 0.1 * MB, serverBytesPerSecond: 20 * MB })).toBe(50);
    expect(late({ people: 0, crowd: 0 })).toBe(2000);
  });

  it('is looked at again soon, sooner where HTTP alone is about to be ahead', () => {
    const policy = new SourcePolicy();
    const behind = { ...figures, peopleBytesPerSecond: MB, serverBytesPerSecond: 10 * MB };
    expect(policy.decide(behind).againMs).toBe(50);
    expect(policy.decide({ ...behind, nowMs: 100, receivedBytes: 40 * MB }).againMs).toBe(250);
  });
});

describe('what the package or the user says', () => {
  it('is done: always, or never, whatever happens', () => {
    const carried = { peopleBytesPerSecond: 20 * MB, serverBytesPerSecond: MB };
    expect(after(5, { ...carried, cdn: 'always' })).toBe('any');
    expect(after(5, { ...carried, cdn: 'off' })).toBe('none');
    expect(after(5, { cdn: 'off', idleMs: 60_000, people: 0, moreServer: true })).toBe('none');
  });
});
