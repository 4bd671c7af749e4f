// Server or people: an origin byte is spent only where it brings the crowd forward, and nobody waits longer for that than over HTTP alone.
import { describe, expect, it } from 'vitest';
import { SourcePolicy } from '../../../main/engine/source-policy.ts';
import type { SourceFigures } from '../../../main/engine/source-policy.ts';

const MB = 1_000_000;
const figures: SourceFigures = {
  cdn: 'start-and-rescue', moreServer: false, nowMs: 0, people: 5, crowd: 5, hungry: false, gentle: false, peopleBytesPerSecond: 0, serverBytesPerSecond: 0, bytesLeft: 100 * MB, idleMs: 0,
};

/** What is decided after so many seconds of the same. */
function after(seconds: number, change: Partial<SourceFigures>, policy = new SourcePolicy(), from = 0) {
  let decision = policy.decide({ ...figures, ...change, nowMs: from });
  for (let ms = 250; ms <= seconds * 1000; ms += 250) decision = policy.decide({ ...figures, ...change, nowMs: from + ms });
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

  it('hands over to people when they bring as much as the server does', () => {
    const policy = new SourcePolicy();
    expect(after(3, { peopleBytesPerSecond: 0.5 * MB, serverBytesPerSecond: MB }, policy)).toBe('any');
    expect(after(1, { peopleBytesPerSecond: 1.1 * MB, serverBytesPerSecond: MB }, policy, 4000)).toBe('rare');
    expect(policy.handedOver).toBe(true);
  });

  it('goes on beside people while it is quicker than they are', () => {
    expect(after(3, { peopleBytesPerSecond: MB, serverBytesPerSecond: 10 * MB })).toBe('any');
    expect(after(0, { crowd: 0, peopleBytesPerSecond: 1, serverBytesPerSecond: 10 * MB })).toBe('any');
  });

  it('and waits for people in a gentle beginning, unless they have nothing to send', () => {
    const quicker = { peopleBytesPerSecond: MB, serverBytesPerSecond: 10 * MB, gentle: true };
    expect(after(5, quicker)).toBe('fresh');
    expect(after(5, { ...quicker, hungry: true })).toBe('any');
    expect(after(5, { ...quicker, crowd: 0 })).toBe('any');
  });

  it('asks people for no more than what HTTP alone would leave to them: with three others a client fetches a quarter of it anyway', () => {
    expect(after(10, { crowd: 3, people: 3, peopleBytesPerSecond: 0.75 * MB, serverBytesPerSecond: MB })).toBe('rare');
    expect(after(10, { crowd: 30, people: 30, peopleBytesPerSecond: 0.75 * MB, serverBytesPerSecond: MB })).toBe('any');
  });

  it('does not turn with every waver: only some seconds of much less brings it back', () => {
    const policy = new SourcePolicy();
    after(1, { peopleBytesPerSecond: 2 * MB, serverBytesPerSecond: MB }, policy);
    expect(after(10, { peopleBytesPerSecond: 0.9 * MB, serverBytesPerSecond: MB }, policy, 2000)).toBe('rare');
    expect(after(1, { peopleBytesPerSecond: 0.1 * MB, serverBytesPerSecond: MB }, policy, 13_000)).toBe('rare');
    expect(after(3, { peopleBytesPerSecond: 0.1 * MB, serverBytesPerSecond: MB }, policy, 13_000)).toBe('any');
  });

  it('comes back for what is new when people have nothing for one another, for a stall, and when the thresholds say so', () => {
    const policy = new SourcePolicy();
    const carried = { peopleBytesPerSecond: 2 * MB, serverBytesPerSecond: MB };
    after(1, carried, policy);
    expect(after(0, { ...carried, hungry: true }, policy, 2000)).toBe('fresh');
    expect(after(0, { ...carried, hungry: true, crowd: 0 }, policy, 2000)).toBe('rare');
    expect(after(0, { ...carried, moreServer: true }, policy, 2000)).toBe('any');
    expect(after(0, { ...carried, idleMs: 3500 }, policy, 2000)).toBe('all');
  });
});

describe('the end', () => {
  it('is helped where a piece is late, which beside people means later than all that is left', () => {
    const policy = new SourcePolicy();
    const carried = { ...figures, peopleBytesPerSecond: MB, serverBytesPerSecond: 0.5 * MB };
    expect(policy.decide({ ...carried, bytesLeft: 10 * MB }).helpAfterMs).toBe(30_000);
    expect(policy.decide({ ...carried, bytesLeft: 0.1 * MB }).helpAfterMs).toBe(4000);
    expect(policy.decide({ ...carried, people: 0, crowd: 0 }).helpAfterMs).toBe(2000);
  });
});

describe('what the package or the user says', () => {
  it('is done: always, or never, whatever happens', () => {
    const carried = { peopleBytesPerSecond: 20 * MB, serverBytesPerSecond: MB };
    expect(after(5, { ...carried, cdn: 'always' })).toBe('any');
    expect(after(5, { ...carried, cdn: 'off' })).toBe('none');
    expect(after(5, { cdn: 'off', idleMs: 60_000, people: 0, moreServer: true })).toBe('none');
  });

  it('asks for little at a time beside others, so that it spreads early', () => {
    const policy = new SourcePolicy();
    expect(policy.decide(figures).runSeconds).toBeLessThan(policy.decide({ ...figures, crowd: 0, people: 0 }).runSeconds);
  });
});
