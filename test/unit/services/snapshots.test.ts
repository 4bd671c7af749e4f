// Deltas carry what changed, once, in order.
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
