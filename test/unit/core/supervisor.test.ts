// A host always has a core again: after a fall, never two at once, and with a clear word when none can run.
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { forkNodeCore } from '../../../main/core/fork-node.ts';
import { applyDelta, CoreSupervisor } from '../../../main/core/supervisor.ts';
import type { Delta, Snapshot } from '../../../contract/index.ts';

const child = fileURLToPath(new URL('../../support/core-child.mjs', import.meta.url));
const running: CoreSupervisor[] = [];
afterEach(async () => {
  for (const supervisor of running.splice(0)) await supervisor.stop();
});

function supervise(dataDir: string): CoreSupervisor {
  const supervisor = new CoreSupervisor({
    options: { dataDir, downloadDir: '/nowhere', version: '0', allowPrivate: false, settings: {}, peers: [] },
    fork: forkNodeCore(child),
    trash: async () => {},
  });
  running.push(supervisor);
  return supervisor;
}

const state = (supervisor: CoreSupervisor, wanted: string) => new Promise<void>((resolve) => {
  const off = supervisor.on('core.state', (s) => {
    if (s.state !== wanted) return;
    off();
    resolve();
  });
});

describe('core supervisor', () => {
  it('answers through the core and stops it in order', async () => {
    const supervisor = supervise('fine');
    await supervisor.start();
    expect(await supervisor.request('session.snapshot', {})).toMatchObject({ ok: true, value: { name: 'session.snapshot' } });
    expect(await supervisor.request('host.info', {})).toMatchObject({ ok: false, error: { code: 'bad-request' } });
    const pid = supervisor.pid!;
    await supervisor.stop();
    expect(() => process.kill(pid, 0)).toThrow();
  });

  it('starts a new core when one dies, says so, and answers what was under way', async () => {
    const supervisor = supervise('fine');
    await supervisor.start();
    const first = supervisor.pid;
    const up = state(supervisor, 'up');
    expect(await supervisor.request('settings.get', {})).toMatchObject({ ok: false, error: { code: 'core-down' } });
    await up;
    expect(supervisor.pid).not.toBe(first);
    expect(await supervisor.request('session.snapshot', {})).toMatchObject({ ok: true });
  });

  it('hands its grants to the next core too', async () => {
    const supervisor = supervise('fine');
    await supervisor.start();
    const handle = supervisor.grant('/some/folder');
    expect(supervisor.grant('/some/folder')).toBe(handle);
    const granted = new Promise((resolve) => supervisor.onAny((_, payload) => (payload as { granted?: unknown }).granted && resolve(payload)));
    process.kill(supervisor.pid!, 'SIGKILL');
    expect(await granted).toMatchObject({ granted: { handle, path: '/some/folder' } });
  });

  it('tells an answer and the event after it in their order, also when both arrive in one go', async () => {
    const supervisor = supervise('fine');
    await supervisor.start();
    const heard: string[] = [];
    const event = new Promise<void>((resolve) => supervisor.onAny((_, payload) => {
      if ((payload as { after?: unknown }).after === undefined) return;
      heard.push('event');
      resolve();
    }));
    const answer = supervisor.request('packages.detail', { id: 'a' }).then(() => heard.push('answer'));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000); // this process is busy until both are there
    await Promise.all([answer, event]);
    expect(heard).toEqual(['answer', 'event']);
  });

  it('does not try for ever when the core says that it cannot run', async () => {
    await expect(supervise('refuse').start()).rejects.toThrow('Another Flashswarm is using this folder.');
  });

  it('keeps a projection: newer deltas apply, older ones do not', () => {
    const snapshot = { seq: 5, packages: [{ id: 'a' }, { id: 'b' }], totals: {}, settings: {} } as unknown as Snapshot;
    const delta = { seq: 6, upserted: [{ id: 'c' }], removed: ['a'], totals: {} } as unknown as Delta;
    expect(applyDelta(snapshot, delta).packages.map((p) => p.id)).toEqual(['b', 'c']);
    expect(applyDelta(snapshot, { ...delta, seq: 5 })).toBe(snapshot);
  });
});
