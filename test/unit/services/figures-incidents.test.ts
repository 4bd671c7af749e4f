// What happened to a package: told once, bounded, and without anybody's key.
import { describe, expect, it } from 'vitest';
import { Incidents } from '../../../main/services/figures-incidents.ts';

describe('incidents', () => {
  it('tells what several layers saw in the same moment once, and the same again later', () => {
    const incidents = new Incidents();
    for (let layer = 0; layer < 5; layer++) incidents.add('server-failed', 'cdn.example: 503', 1000 + layer);
    incidents.add('server-failed', 'cdn.example: 503', 60_000);
    expect(incidents.list.map(({ at }) => at)).toEqual([1000, 60_000]);
  });

  it('tells which of two sides holds only when it changes: that of a stall, of the share of servers, of the gentle beginning', () => {
    const incidents = new Incidents();
    for (const [at, kind] of (['gentle-start', 'stalled', 'stalled', 'more-server', 'went-on', 'more-server', 'stalled', 'full-speed', 'less-server', 'full-speed'] as const).entries()) incidents.add(kind, `${at}`, at * 9000);
    expect(incidents.list.map(({ kind, detail }) => `${detail} ${kind}`)).toEqual(['0 gentle-start', '1 stalled', '3 more-server', '4 went-on', '6 stalled', '7 full-speed', '8 less-server']);
  });

  it('keeps what is rare when there is too much: the oldest of the most common kind goes first', () => {
    const incidents = new Incidents();
    incidents.add('server-failed', 'cdn.example: 503', 1);
    for (let i = 0; i < 2000; i++) incidents.add('tracker-failed', 'tracker.example', 10_000 * (i + 1));
    expect(incidents.list).toHaveLength(500);
    expect(incidents.list[0]).toEqual({ at: 1, kind: 'server-failed', detail: 'cdn.example: 503' });
    expect(incidents.list.at(-1)!.at).toBe(20_000_000);
  });

  it('keeps the host of an address and never its path, query, user or password', () => {
    const incidents = new Incidents();
    incidents.add('tracker-failed', 'https://ann:secret@tracker.example:8443/a1b2c3passkey/announce?key=9 did not answer', 1);
    incidents.add('server-failed', 'udp://tracker.example/passkey', 2);
    expect(incidents.list.map(({ detail }) => detail)).toEqual(['tracker.example:8443 did not answer', 'tracker.example']);
  });

  it('goes on with those of an earlier run', () => {
    const incidents = new Incidents([{ at: 1, kind: 'stalled', detail: null }]);
    incidents.add('went-on', null, 9000);
    expect(incidents.list.map(({ kind }) => kind)).toEqual(['stalled', 'went-on']);
  });
});
