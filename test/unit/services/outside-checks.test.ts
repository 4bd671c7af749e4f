// What a check says when the servers that it would ask cannot tell anything about the outside, or do not help.
import { describe, expect, it } from 'vitest';
import type { SortedServers } from '../../../main/net/diagnosis/outside-servers.ts';
import { askOutside, troubleOf, withInside } from '../../../main/services/outside-checks.ts';
import type { OutsideFinding } from '../../../main/services/outside-checks.ts';

const { signal } = new AbortController();
const named = { host: 'probe.example', port: 8469 };
const found = (host: string) => ({ named, at: { host, port: 8469 } });
const sorted = (change: Partial<SortedServers>): Promise<SortedServers> => Promise.resolve({ outside: [], inside: [], unresolved: [], ...change });
const outside = sorted({ outside: [found('25.0.0.4')], inside: [found('127.0.0.1')], unresolved: [named] });
const finds = (outcome: OutsideFinding['outcome'], facts: OutsideFinding['facts'] = {}) => () => Promise.resolve({ outcome, facts });
const reachable = finds('ok', { tcp: 'reachable', udp: 'reachable', observedAddress: '25.0.0.100' });
const never = (): Promise<OutsideFinding> => Promise.reject(new Error('Nobody may be asked.'));

describe('a check that asks outside', () => {
  it('asks those outside alone, where they were found', async () => {
    let asked: unknown;
    expect(await askOutside(outside, signal, async (servers) => {
      asked = servers;
      return reachable();
    })).toMatchObject({ outcome: 'ok', facts: { tcp: 'reachable' } });
    expect(asked).toEqual([{ host: '25.0.0.4', port: 8469 }]);
  });

  it('asks nobody when all stand inside, and says which', async () => {
    const finding = await askOutside(sorted({ inside: [found('127.0.0.1')] }), signal, never);
    expect(finding).toMatchObject({ outcome: 'unknown', facts: { reason: 'not-outside', server: 'probe.example:8469' } });
    expect(finding.facts).not.toHaveProperty('tcp');
  });

  it('names the one that is not found, rather than one inside', async () => {
    expect(await askOutside(sorted({ inside: [found('127.0.0.1')], unresolved: [{ host: 'nowhere', port: 1 }] }), signal, never)).toMatchObject({ outcome: 'unknown', facts: { reason: 'no-address', server: 'nowhere:1' } });
  });

  it.each([['observedAddress', '192.168.1.10'], ['observedAddress', '127.0.0.1'], ['externalAddress', '100.64.0.2'], ['externalAddress', 'fd00::1']])('believes nobody who sees us from inside (%s %s)', async (name, address) => {
    const finding = await askOutside(outside, signal, finds('ok', { tcp: 'reachable', mapping: 'direct', [name]: address }));
    expect(finding).toMatchObject({ outcome: 'unknown', facts: { reason: 'not-outside', server: 'probe.example:8469' } });
    expect(Object.keys(finding.facts)).toEqual(['reason', 'server']);
  });

  it.each([
    ['unreachable', 'server-silent'], ['timeout', 'server-silent'], ['no-probe-server', 'server-other'], ['busy', 'server-refused'], ['too-often', 'server-refused'], ['no-address', 'server-not-found'],
  ])('names the server that did not help: %s', async (reason, trouble) => {
    const finding = await askOutside(outside, signal, finds('unknown', { tcp: 'unknown', reason }));
    expect(finding.facts).toMatchObject({ tcp: 'unknown', reason, server: 'probe.example:8469' });
    expect(troubleOf(finding)).toEqual({ server: 'probe.example:8469', trouble });
  });

  it('names the STUN server that did not answer', async () => {
    expect(troubleOf(await askOutside(outside, signal, finds('unknown', { udp: 'unknown', serversAsked: 1, serversAnswered: 0 })))).toEqual({ server: 'probe.example:8469', trouble: 'server-silent' });
  });

  it('blames no server for what it did not do', async () => {
    const blameless: OutsideFinding['facts'][] = [{ reason: 'no-route' }, { reason: 'cancelled' }, { reason: 'constructor' }, {}];
    for (const facts of blameless) expect((await askOutside(outside, signal, finds('unknown', facts))).facts).not.toHaveProperty('server');
    expect((await askOutside(outside, signal, finds('problem', { reason: 'timeout', tcp: 'unreachable' }))).facts).not.toHaveProperty('server');
    expect(await askOutside(sorted({}), signal, finds('unknown', { reason: 'no-server' }))).toMatchObject({ facts: { reason: 'no-server' } });
  });

  it('ends at once when it is cancelled while servers are looked up', async () => {
    const stop = new AbortController();
    const asked = askOutside(new Promise(() => {}), stop.signal, never);
    stop.abort();
    expect(await asked).toMatchObject({ outcome: 'unknown', facts: { reason: 'cancelled' } });
  });
});

it('looks at IPv6 without servers too, and tells when those that there are stand inside', async () => {
  const inside = sorted({ inside: [found('fd00::4')] });
  expect(await withInside(inside, async (servers) => ({ outcome: 'unknown', facts: { globalAddress: '2a00::1', asked: servers.length } }))).toEqual({
    outcome: 'unknown', facts: { globalAddress: '2a00::1', asked: 0, reason: 'not-outside', server: 'probe.example:8469' },
  });
  expect(await withInside(inside, finds('not-applicable', { globalAddress: null }))).toEqual({ outcome: 'not-applicable', facts: { globalAddress: null } });
});
