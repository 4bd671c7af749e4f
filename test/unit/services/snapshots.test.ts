// Deltas carry what changed, once, in order.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Delta, PackageSummary, Totals } from '../../../contract/index.ts';
import { Snapshots } from '../../../main/services/snapshots.ts';

const summary = (id: string, bytesDone: number) => ({ id, bytesDone, state: { sinceMs: Math.random() * 1e6 } }) as unknown as PackageSummary;
const totals = { uptimeSeconds: 1 } as Totals;

function make() {
  const done = new Map([['a', 1], ['b', 1]]);
  const sent: Delta[] = [];
  const snapshots = new Snapshots({ allIds: () => [...done.keys()], summaries: (ids) => [...ids].map((id) => summary(id, done.get(id)!)), totals: () => totals }, (d) => sent.push(d));
  return { done, sent, snapshots };
}

describe('snapshots', () => {
  it('sends only what differs, whatever was marked', () => {
    const { done, sent, snapshots } = make();
    snapshots.mark('a');
    snapshots.mark('b');
    snapshots.flush();
    snapshots.mark('a');
    snapshots.flush(); // marked, yet the same but for the time in its state
    done.set('b', 2);
    snapshots.mark('b');
    snapshots.flush();
    expect(sent.map((d) => d.upserted.map((p) => p.id))).toEqual([['a', 'b'], ['b']]);
    expect(sent[1]!.seq).toBeGreaterThan(sent[0]!.seq);
  });
  it('tells whoever asked in between that a package is back at what was told before', () => {
    const { done, sent, snapshots } = make();
    snapshots.mark('a');
    snapshots.flush();
    done.set('a', 0); // it is checked anew
    snapshots.mark('a');
    expect(snapshots.snapshot({} as never).packages.find(({ id }) => id === 'a')).toMatchObject({ bytesDone: 0 });
    done.set('a', 1); // and that is over before the next delta
    snapshots.mark('a');
    snapshots.flush();
    expect(sent.map(({ upserted }) => upserted)).toMatchObject([[{ id: 'a', bytesDone: 1 }], [{ id: 'a', bytesDone: 1 }]]);
    snapshots.mark('a');
    snapshots.flush();
    expect(sent, 'and that once').toHaveLength(2);
  });
  it('gives whoever asks at any moment, and hears what follows, the truth in the end', () => {
    const change = fc.record({ id: fc.constantFrom('a', 'b'), bytes: fc.integer({ min: 0, max: 1 }) });
    const step = fc.oneof(fc.constant('flush' as const), fc.constant('ask' as const), change);
    fc.assert(fc.property(fc.array(step, { maxLength: 30, size: 'max' }), (steps) => {
      const { done, sent, snapshots } = make();
      const told: Map<string, number>[] = [];
      let heard = 0;
      const flush = () => {
        snapshots.flush();
        for (const { upserted } of sent.slice(heard)) for (const one of told) for (const { id, bytesDone } of upserted) one.set(id, bytesDone);
        heard = sent.length;
      };
      for (const step of [...steps, 'flush' as const]) {
        if (step === 'flush') flush();
        else if (step === 'ask') told.push(new Map(snapshots.snapshot({} as never).packages.map(({ id, bytesDone }) => [id, bytesDone])));
        else {
          done.set(step.id, step.bytes);
          snapshots.mark(step.id);
        }
      }
      for (const one of told) expect(one).toEqual(done);
    }));
  });
  it('tells a removal once', () => {
    const { sent, snapshots } = make();
    snapshots.mark('a');
    snapshots.flush();
    snapshots.remove('a');
    snapshots.flush();
    snapshots.flush();
    expect(sent.map((d) => d.removed)).toEqual([[], ['a']]);
  });
  it('numbers on after a restart of the core', async () => {
    const first = make();
    first.snapshots.mark('a');
    first.snapshots.flush();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const second = make();
    expect(second.snapshots.snapshot({} as never).seq).toBeGreaterThan(first.sent[0]!.seq);
  });
});
