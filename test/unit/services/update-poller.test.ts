// Asking for newer versions on an injected clock: who is asked, how many at once, what is handed on.
import { describe, expect, it } from 'vitest';
import type { PollAnswer, PollState, Watched } from '../../../main/services/update-poller.ts';
import { UpdatePoller } from '../../../main/services/update-poller.ts';

const start = Date.parse('2026-11-21T12:00:00Z');
const [second, minute, hour] = [1_000, 60_000, 3_600_000];
const usual: Watched = { url: 'https://p.example/e.evpack', segmentSeconds: null, startsAt: null, state: null };
const bytes = (text: string) => Buffer.from(text);

interface Asked { id: string; url: string; at: number; conditional: { etag: string | null; lastModified: string | null }; signal: AbortSignal }

/** A poller with a clock that only `pass` moves, and servers that answer as they are told. */
class World {
  now = start;
  readonly asked: Asked[] = [];
  readonly found: [string, string][] = [];
  readonly changed: string[] = [];
  timers: { at: number; callback: () => void }[] = [];
  answer: (asked: Asked) => Promise<PollAnswer> | PollAnswer = () => ({ bytes: bytes('v1'), etag: '"v1"', lastModified: null });
  onFound: (id: string) => Promise<void> = () => Promise.resolve();
  onChanged: (id: string) => void = () => undefined;
  chance = 0.5;
  readonly poller = new UpdatePoller({
    fetch: async (id, url, conditional, signal) => {
      const asked = { id, url, conditional, signal, at: this.now };
      this.asked.push(asked);
      return this.answer(asked);
    },
    found: (id, found) => {
      this.found.push([id, Buffer.from(found).toString()]);
      return this.onFound(id);
    },
    changed: (id) => {
      this.changed.push(id);
      this.onChanged(id);
    },
    now: () => this.now,
    random: () => this.chance,
    setTimer: (callback, ms) => {
      const timer = { at: this.now + ms, callback };
      this.timers.push(timer);
      return () => {
        this.timers = this.timers.filter((one) => one !== timer);
      };
    },
  });

  async settle(): Promise<void> {
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  }

  /** Lets so much time pass; every timer that is due rings in its turn. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    await this.settle();
    for (;;) {
      expect(this.timers.length).toBeLessThanOrEqual(1);
      const next = this.timers[0];
      if (!next || next.at > until) break;
      this.timers = [];
      this.now = Math.max(this.now, next.at);
      next.callback();
      await this.settle();
    }
    this.now = until;
  }
}

describe('a package that is watched', () => {
  it('is asked soon, then every half hour, and only for what is new', async () => {
    const world = new World();
    world.answer = ({ conditional }) => (conditional.etag === '"v1"' ? { notModified: true } : { bytes: bytes('v1'), etag: '"v1"', lastModified: 'then' });
    world.poller.watch('a', usual);
    await world.pass(2 * hour);
    expect(world.asked.map(({ at }) => (at - start) / minute)).toEqual([1, 31, 61, 91]);
    expect(world.asked.map(({ conditional }) => conditional)).toEqual([{ etag: null, lastModified: null }, ...Array(3).fill({ etag: '"v1"', lastModified: 'then' })]);
    expect(world.found).toEqual([['a', 'v1']]);
    expect(world.poller.state('a')).toMatchObject({ etag: '"v1"', failures: 0, checkedAt: start + 91 * minute, nextCheckAt: start + 121 * minute });
  });

  it('brings the same bytes once, from a server without ETags too', async () => {
    const world = new World();
    let version = 1;
    world.answer = () => ({ bytes: bytes(`v${version}`), etag: null, lastModified: null });
    world.poller.watch('a', usual);
    await world.pass(hour);
    version = 2;
    await world.pass(hour);
    expect(world.asked).toHaveLength(4);
    expect(world.found).toEqual([['a', 'v1'], ['a', 'v2']]);
  });

  it('is not asked again at once after a restart', async () => {
    const first = new World();
    first.poller.watch('a', usual);
    await first.pass(10 * minute);
    const state = JSON.parse(JSON.stringify(first.poller.state('a'))) as PollState;
    const second = new World();
    second.now = first.now;
    second.poller.watch('a', { ...usual, state });
    await second.pass(20 * minute);
    expect(second.asked).toHaveLength(0);
    await second.pass(2 * minute);
    expect(second.asked).toMatchObject([{ conditional: { etag: '"v1"' } }]);
    expect(second.found).toEqual([]);
  });

  it('begins anew when its kept state cannot be read', async () => {
    const world = new World();
    world.poller.watch('a', { ...usual, state: { failures: 'many' } as unknown as PollState });
    await world.pass(2 * minute);
    expect(world.asked).toHaveLength(1);
  });

  it('is asked at a new address when the publisher moves', async () => {
    const world = new World();
    world.poller.watch('a', usual);
    await world.pass(2 * minute);
    world.poller.watch('a', { ...usual, url: 'https://new.example/e.evpack' });
    await world.pass(2 * minute);
    expect(world.asked.map(({ url, conditional }) => [url, conditional.etag])).toEqual([[usual.url, null], ['https://new.example/e.evpack', null]]);
  });

  it('is let alone when it is watched again without a change', async () => {
    const world = new World();
    world.poller.watch('a', usual);
    await world.pass(2 * minute);
    const before = world.changed.length;
    world.poller.watch('a', usual);
    expect(world.changed).toHaveLength(before);
    await world.pass(20 * minute);
    expect(world.asked).toHaveLength(1);
  });

  it('is asked once more shortly after its start', async () => {
    const world = new World();
    world.poller.watch('a', { ...usual, startsAt: start + 50 * minute });
    await world.pass(2 * hour);
    expect(world.asked.map(({ at }) => (at - start) / minute)).toEqual([1, 31, 50.25, 80.25, 110.25]);
  });
});

describe('a live package', () => {
  const live: Watched = { ...usual, segmentSeconds: 10 };

  it('is asked every half segment from its start on, while it runs', async () => {
    const world = new World();
    let version = 0;
    world.answer = () => ({ bytes: bytes(`v${version++}`), etag: null, lastModified: null });
    world.poller.watch('a', { ...live, startsAt: start + 10 * minute });
    await world.pass(10 * minute);
    expect(world.asked).toHaveLength(1);
    await world.pass(minute);
    expect(world.asked.slice(1).map(({ at }) => (at - start) / second - 600)).toEqual([2.5, 7.5, 12.5, 17.5, 22.5, 27.5, 32.5, 37.5, 42.5, 47.5, 52.5, 57.5]);
    world.poller.watch('a', { ...live, startsAt: start + 10 * minute, paused: true });
    await world.pass(20 * minute);
    expect(world.asked.length).toBeLessThanOrEqual(14);
    const before = world.asked.length;
    world.poller.watch('a', { ...live, startsAt: start + 10 * minute });
    await world.pass(20 * second);
    expect(world.asked.length).toBe(before + 4);
  });
});

describe('a server that fails', () => {
  it('is asked less and less, and as before when it is back', async () => {
    const world = new World();
    let broken = true;
    world.answer = () => (broken ? Promise.reject(new Error('no')) : { notModified: true });
    world.poller.watch('a', usual);
    await world.pass(8 * hour);
    expect(world.asked.map(({ at }) => (at - start) / minute)).toEqual([1, 31, 91, 211, 451]);
    expect(world.poller.problem('a')?.message).toMatch(/no$/);
    expect(world.poller.state('a')).toMatchObject({ failures: 5 });
    broken = false;
    await world.poller.checkNow('a');
    expect(world.poller.problem('a')).toBeNull();
    expect(world.poller.state('a')).toMatchObject({ failures: 0, nextCheckAt: world.now + 30 * minute });
  });

  it('is let alone for as long as it says', async () => {
    const world = new World();
    world.answer = () => Promise.reject(Object.assign(new Error('busy'), { retryAfterSeconds: 7200 }));
    world.poller.watch('a', usual);
    await world.pass(2 * hour);
    expect(world.asked).toHaveLength(1);
    await world.pass(20 * minute);
    expect(world.asked).toHaveLength(2);
  });

  it('sends what is refused: that is a failure, and the next good one is taken', async () => {
    const world = new World();
    let refuse = true;
    world.onFound = () => (refuse ? Promise.reject(new Error('This package is older than the one you have.')) : Promise.resolve());
    world.poller.watch('a', usual);
    await world.pass(2 * minute);
    expect(world.poller.problem('a')?.message).toMatch(/older/);
    expect(world.poller.state('a')).toMatchObject({ etag: null, failures: 1, digest: null });
    refuse = false;
    await world.pass(hour);
    expect(world.found).toHaveLength(2);
    expect(world.poller.problem('a')).toBeNull();
  });
});

describe('many packages', () => {
  it('are not asked all at once, and four at a time at most', async () => {
    const world = new World();
    const open: (() => void)[] = [];
    world.answer = () => new Promise((resolve) => open.push(() => resolve({ notModified: true })));
    for (let n = 0; n < 10; n++) {
      world.chance = n / 10;
      world.poller.watch(`p${n}`, usual);
    }
    await world.pass(0);
    expect(world.asked.map(({ id }) => id)).toEqual(['p0']);
    await world.pass(24 * second);
    expect(world.asked.map(({ id }) => id)).toEqual(['p0', 'p1', 'p2']);
    await world.pass(10 * minute);
    expect(world.asked).toHaveLength(4);
    const wanted = world.poller.checkNow('p9');
    open.shift()!();
    await world.settle();
    expect(world.asked.at(-1)?.id).toBe('p9');
    while (open.length > 0) {
      expect(world.asked.length - 10).toBeLessThanOrEqual(0);
      open.shift()!();
      await world.settle();
    }
    await wanted;
    expect(world.asked.map(({ id }) => id).sort()).toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'p8', 'p9']);
  });

  it('share one timer', async () => {
    const world = new World();
    for (let n = 0; n < 50; n++) world.poller.watch(`p${n}`, usual);
    await world.pass(5 * hour); // `pass` counts
    expect(world.asked.length).toBeGreaterThan(450);
  });
});

describe('asking now', () => {
  it('asks at once, and nobody twice at the same time', async () => {
    const world = new World();
    let open: (() => void) | null = null;
    world.answer = () => new Promise((resolve) => (open = () => resolve({ notModified: true })));
    world.poller.watch('a', usual);
    const [first, second] = [world.poller.checkNow('a'), world.poller.checkNow('a')];
    await world.settle();
    expect(world.asked).toHaveLength(1);
    expect(world.poller.isChecking('a')).toBe(true);
    open!();
    await Promise.all([first, second]);
    expect(world.poller.isChecking('a')).toBe(false);
    await world.pass(20 * minute);
    expect(world.asked).toHaveLength(1);
  });

  it('says what went wrong', async () => {
    const world = new World();
    world.answer = () => Promise.reject(new Error('The server does not answer.'));
    world.poller.watch('a', usual);
    await expect(world.poller.checkNow('a')).rejects.toThrow('The server does not answer.');
    await expect(world.poller.checkNow('b')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a package that is let go', () => {
  it('is not asked for any more, and what is on its way is not taken', async () => {
    const world = new World();
    let open: (() => void) | null = null;
    world.answer = () => new Promise((resolve) => (open = () => resolve({ bytes: bytes('late'), etag: null, lastModified: null })));
    world.poller.watch('a', usual);
    const wanted = world.poller.checkNow('a');
    await world.settle();
    world.poller.unwatch('a');
    await expect(wanted).rejects.toMatchObject({ code: 'cancelled' });
    expect(world.asked[0]!.signal.aborted).toBe(true);
    // Watched again before the old question has ended: still never two at once.
    world.poller.watch('a', usual);
    await world.pass(10 * minute);
    expect(world.asked).toHaveLength(1);
    open!();
    await world.pass(0);
    expect(world.found).toEqual([]);
    expect(world.asked).toHaveLength(2);
  });

  it('may be let go by whoever hears that it is asked', async () => {
    const world = new World();
    world.poller.watch('a', usual);
    world.poller.watch('b', usual);
    world.onChanged = () => {
      world.onChanged = () => undefined;
      world.poller.unwatch('b');
    };
    await world.pass(5 * minute);
    expect(world.asked.map(({ id }) => id)).toEqual(['a']);
  });

  it('leaves nothing behind when all is closed', async () => {
    const world = new World();
    world.answer = ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
    world.poller.watch('a', usual);
    world.poller.watch('b', usual);
    void world.poller.checkNow('a').catch(() => undefined);
    await world.settle();
    await world.poller.close();
    expect(world.timers).toEqual([]);
    world.poller.watch('c', usual);
    expect(world.timers).toEqual([]);
    expect(world.poller.state('a')).toBeNull();
  });
});

it('a clock that is set back does not put the next question off', async () => {
  const world = new World();
  world.poller.watch('a', usual);
  await world.pass(2 * minute);
  world.now -= 365 * 24 * hour;
  world.timers.splice(0)[0]!.callback(); // the machine's timers run on by themselves
  await world.pass(48 * hour);
  expect(world.asked.length).toBeGreaterThan(1);
});
