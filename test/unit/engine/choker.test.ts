import { describe, expect, it } from 'vitest';
import { Choker, slotsFor } from '../../../main/engine/choker.ts';
import type { ChokeCandidate } from '../../../main/engine/choker.ts';

const options = { slots: null, complete: false, uploadBytesPerSecond: 1e6, noTrades: true };
const trading = { ...options, noTrades: false };
const peer = (id: number, more: Partial<ChokeCandidate> = {}): ChokeCandidate => ({
  id, interested: true, unchoked: false, givesBytesPerSecond: 0, freeloads: false, takesBytesPerSecond: 0, unchokedAtMs: 0, ...more,
});
const peers = (count: number, more: (id: number) => Partial<ChokeCandidate> = () => ({})) =>
  Array.from({ length: count }, (_, id) => peer(id, more(id)));

describe('slots that fit', () => {
  it('serves everybody while they are few', () => {
    expect(new Choker(() => 0).round(peers(16), options).size).toBe(16);
  });

  it('serves a bounded number when they are many, more on a faster uplink', () => {
    expect(slotsFor(100, options)).toBe(16);
    expect(slotsFor(100, { ...options, uploadBytesPerSecond: 12e6 })).toBe(23);
    expect(slotsFor(1000, { ...options, uploadBytesPerSecond: 1e9 })).toBe(64);
  });

  it('keeps to the number the user set', () => {
    expect(new Choker(() => 0).round(peers(16), { ...options, slots: 3 }).size).toBe(3);
    expect(new Choker(() => 0).round(peers(16), { ...options, slots: 0 }).size).toBe(0);
  });

  it('opens a seed to all', () => {
    expect(slotsFor(40, { ...options, complete: true })).toBe(40);
  });
});

describe('peers that speak our extension', () => {
  const crowd = (count: number, more: (id: number) => Partial<ChokeCandidate> = () => ({})) => peers(count, (id) => ({ patient: true, mayWant: true, ...more(id) }));

  it('are served beside those that fit, up to a bound, and keep their slots over a round', () => {
    const choker = new Choker(() => 0);
    expect(choker.fillFreeSlots(crowd(50), options)).toHaveLength(50);
    expect(choker.fillFreeSlots(crowd(200), options)).toHaveLength(64);
    expect(choker.round(crowd(50, () => ({ unchoked: true })), options).size).toBe(50);
  });

  it('take no slot from those that fit', () => {
    const mixed = peers(60, (id) => ({ patient: id >= 30, givesBytesPerSecond: id < 30 ? 1000 : 0 }));
    const served = new Choker(() => 0).round(mixed, options);
    expect([...served].filter((id) => id < 30).length).toBeGreaterThanOrEqual(15);
    expect([...served].filter((id) => id >= 30)).toHaveLength(30);
  });

  it('may ask from the first moment, before they want anything', () => {
    const quiet = crowd(10, () => ({ interested: false }));
    expect(new Choker(() => 0).fillFreeSlots(quiet, options)).toHaveLength(10);
    expect(new Choker(() => 0).fillFreeSlots(quiet, { ...options, slots: 3 })).toHaveLength(3);
    expect(new Choker(() => 0).fillFreeSlots(quiet.map((other) => ({ ...other, mayWant: false })), options)).toHaveLength(0);
  });

  it('keep a slot that nobody waits for when they want nothing more', () => {
    const resting = peer(1, { interested: false, unchoked: true });
    expect(new Choker(() => 0).keeps([resting, peer(2, { unchoked: true })], options)).toBe(true);
    expect(new Choker(() => 0).keeps([resting, peer(2)], options)).toBe(false);
  });

  it('get no more than the user allows, and nothing extra while they give nothing', () => {
    expect(new Choker(() => 0).fillFreeSlots(crowd(50), { ...options, slots: 3 })).toHaveLength(3);
    expect(new Choker(() => 0).round(crowd(50), { ...options, slots: 3 }).size).toBe(3);
    expect(new Choker(() => 0).round(crowd(50, () => ({ freeloads: true })), options).size).toBe(16);
  });
});

describe('tit for tat', () => {
  it('serves those who give most, and one newcomer', () => {
    const many = peers(40, (id) => ({ givesBytesPerSecond: id * 1000, unchoked: id > 30 }));
    const served = new Choker(() => 0).round(many, options);
    expect(served.size).toBe(16);
    for (let id = 25; id < 40; id++) expect(served.has(id)).toBe(true);
  });

  it('keeps a newcomer for three rounds, then tries another', () => {
    const choker = new Choker(() => 0);
    const many = peers(30, (id) => ({ givesBytesPerSecond: id < 15 ? 1000 : 0, unchoked: id < 15 }));
    const newcomer = () => [...choker.round(many, options)].find((id) => id >= 15)!;
    const rounds = [];
    for (let round = 0; round < 4; round++) {
      const id = newcomer();
      rounds.push(id);
      many[id] = peer(id, { unchoked: true, unchokedAtMs: round + 1 });
    }
    expect(new Set(rounds.slice(0, 3)).size).toBe(1);
    expect(rounds[3]).not.toBe(rounds[2]);
  });

  it('gives nothing to those who do not want', () => {
    expect(new Choker(() => 0).round(peers(4, (id) => ({ interested: id === 2 })), options)).toEqual(new Set([2]));
  });
});

describe('clients that do not speak our extension', () => {
  const others = peers(12, (id) => ({ givesBytesPerSecond: id * 1000 }));
  const neighbours = Array.from({ length: 6 }, (_, id) => peer(100 + id, { patient: true }));

  it('are traded with while we want something: the few who give most, and one newcomer, beside all who speak it', () => {
    const served = new Choker(() => 0).round([...others, ...neighbours], trading);
    expect([...served].filter((id) => id >= 100)).toHaveLength(6);
    expect([...served].filter((id) => id < 100).sort((a, b) => a - b)).toEqual([0, 10, 11]);
  });

  it('get a free slot only while there are few of them', () => {
    const candidates = [...others.map((one) => ({ ...one, unchoked: one.id < 2 })), ...neighbours];
    const given = new Choker(() => 0).fillFreeSlots(candidates, trading);
    expect(given.filter((id) => id < 100)).toEqual([11]);
    expect(given.filter((id) => id >= 100)).toHaveLength(6);
  });

  it('are all served by whoever is complete, and as many as the user wants', () => {
    expect(new Choker(() => 0).round(others, { ...trading, complete: true }).size).toBe(12);
    expect(new Choker(() => 0).round(others, { ...trading, slots: 9 }).size).toBe(9);
  });

  it('get more slots where the uplink carries more, or would idle, and fewer again when it does not', () => {
    const many = peers(60);
    expect(new Choker(() => 0).round(many, { ...trading, uploadBytesPerSecond: 10e6 }).size).toBe(5);
    const choker = new Choker(() => 0);
    const sizes = [true, true, true, false, false].map((uplinkIdle) => choker.round(many, { ...trading, uplinkIdle }).size);
    expect(sizes).toEqual([6, 12, 16, 16, 16]);
    for (let round = 0; round < 40; round++) choker.round(many, trading);
    expect(choker.round(many, trading).size).toBe(3);
  });
});

describe('freeloaders', () => {
  const crowd = (freeloading: (id: number) => boolean) =>
    peers(40, (id) => ({ freeloads: freeloading(id), takesBytesPerSecond: freeloading(id) ? 1e6 : 1000, unchoked: freeloading(id) }));

  it('come last when there are more who want than slots', () => {
    const served = new Choker(() => 0).round(crowd((id) => id < 20), options);
    expect(served.size).toBe(16);
    expect([...served].filter((id) => id < 20)).toEqual([]);
  });

  it('come last at a complete client too, however fast they take', () => {
    const many = peers(100, (id) => ({ freeloads: id < 50, takesBytesPerSecond: id < 50 ? 1e6 : 1000 }));
    const served = new Choker(() => 0).round(many, { ...options, complete: true });
    for (let id = 50; id < 100; id++) expect(served.has(id)).toBe(true);
  });

  it('get what is left: slots that nobody else wants, and all while they are few', () => {
    const served = new Choker(() => 0).round(crowd((id) => id >= 5), options);
    expect(served.size).toBe(16);
    for (let id = 0; id < 5; id++) expect(served.has(id)).toBe(true);
    expect(new Choker(() => 0).round(peers(16, () => ({ freeloads: true })), options).size).toBe(16);
  });

  it('lose the turn of the newcomer to somebody who was not served yet', () => {
    const choker = new Choker(() => 0);
    const many = crowd((id) => id < 10);
    for (let round = 0; round < 12; round++) expect([...choker.round(many, options)].filter((id) => id < 10)).toEqual([]);
  });
});

it('gives a free slot at once and takes none away', () => {
  const choker = new Choker(() => 0);
  const candidates = [peer(1, { unchoked: true }), peer(2), peer(3, { givesBytesPerSecond: 10 })];
  expect(choker.fillFreeSlots(candidates, { ...options, slots: 2 })).toEqual([3]);
  expect(choker.fillFreeSlots(candidates, { ...options, slots: 1 })).toEqual([]);
});
