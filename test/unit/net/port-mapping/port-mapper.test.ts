// The port mapper with a clock of its own and a router that does as the test says.
import { afterEach, describe, expect, it } from 'vitest';
import type { Discovered } from '../../../../main/net/port-mapping/gateway-discovery.ts';
import { MappingError } from '../../../../main/net/port-mapping/mapping-types.ts';
import type { MadeMapping, MappingClient, MappingMethod, MappingState, WantedPort } from '../../../../main/net/port-mapping/mapping-types.ts';
import { PortMapper, STANDARD_TIMING } from '../../../../main/net/port-mapping/port-mapper.ts';
import type { DefaultGateways } from '../../../../main/net/port-mapping/port-mapper.ts';

const HOUR = 3_600_000;
const wanted: WantedPort[] = [{ internalPort: 6881, protocol: 'tcp', description: 'Flashswarm' }];

class FakeClient implements MappingClient {
  readonly method: MappingMethod;
  readonly family: 4 | 6;
  readonly localAddress: string;
  generation = 0;
  lifetimeSeconds: number | null = 3600;
  confirmedBy: MadeMapping['confirmedBy'] = 'listed';
  fails: MappingError | null = null;
  answers: MappingState = 'there';
  readonly table = new Set<number>();
  opened = 0;
  renewed = 0;
  checked = 0;
  removed = 0;
  nextPort = 0;
  constructor(method: MappingMethod = 'upnp-1', family: 4 | 6 = 4, localAddress = '192.168.1.10') {
    this.method = method;
    this.family = family;
    this.localAddress = localAddress;
  }
  async open(want: WantedPort, previous: MadeMapping | null, onAttempt: (maybe: MadeMapping) => void): Promise<MadeMapping> {
    const made: MadeMapping = {
      method: this.method, protocol: want.protocol, internalAddress: this.localAddress, internalPort: want.internalPort, externalPort: this.nextPort || (previous?.externalPort ?? want.internalPort),
      externalAddress: null, lifetimeSeconds: this.lifetimeSeconds, confirmedBy: this.confirmedBy, isOurs: true, handle: null, generation: this.generation,
    };
    onAttempt(made);
    if (this.fails) throw this.fails;
    this.table.add(made.externalPort);
    if (previous) this.renewed++;
    else this.opened++;
    return made;
  }
  async check(): Promise<MappingState> {
    this.checked++;
    if (this.fails) throw this.fails;
    return this.answers;
  }
  async remove(made: MadeMapping): Promise<void> {
    this.removed++;
    if (this.fails) throw this.fails;
    this.table.delete(made.externalPort);
  }
}

const mappers: PortMapper[] = [];
afterEach(() => Promise.all(mappers.splice(0).map((mapper) => mapper.close())));

function world(clients: MappingClient[], more: { external?: string | null; globalIpv6?: string | null; ports?: WantedPort[] } = {}) {
  let nowMs = 1_000_000_000;
  let pending: { run: () => void; at: number } | null = null;
  let idle = (): void => undefined;
  let whenIdle = new Promise<void>((resolve) => (idle = resolve));
  const nic = (address: string) => ({ address, cidr: `${address}/24`, internal: false, family: 'IPv4', netmask: '', mac: '' }) as never;
  const it_ = { clients, discoveries: 0, address: '192.168.1.10', gateways: { ipv4: '192.168.1.1', ipv6: null } as DefaultGateways, logs: [] as string[], changes: 0, external: more.external ?? '25.0.0.100' as string | null };
  const mapper = new PortMapper({
    log: (message) => it_.logs.push(message), now: () => nowMs, random: () => 0.5, interfaces: () => ({ eth0: [nic(it_.address)] }), gateways: async () => it_.gateways, timing: { closeMs: 200 },
    setTimer: (run, ms) => {
      pending = { run, at: nowMs + ms };
      idle();
      return () => (pending = null);
    },
    discover: async (): Promise<Discovered> => {
      it_.discoveries++;
      const { external } = it_;
      return {
        gateway: it_.clients.length > 0 ? { address: '192.168.1.1', manufacturer: 'M', model: null, presentationUrl: null, protocolVersions: [] } : null, clients: it_.clients,
        externalAddresses: it_.clients.length > 0 ? [{ method: 'upnp-1', address: external, kind: external === null ? 'none' : external.startsWith('25.') ? 'public' : 'private' }] : [], globalIpv6: more.globalIpv6 ?? null,
      };
    },
  });
  mappers.push(mapper);
  mapper.on('changed', () => it_.changes++);
  /** Lets everything that is under way come to rest. */
  const rest = async (): Promise<void> => {
    await whenIdle;
    whenIdle = new Promise((resolve) => (idle = resolve));
  };
  const fire = async (): Promise<void> => {
    const { run } = pending!;
    pending = null;
    run();
    await rest();
  };
  return {
    ...it_, mapper, world: it_, rest,
    async start() {
      mapper.want(more.ports ?? wanted);
      mapper.start();
      await rest();
    },
    async advance(ms: number) {
      for (const end = nowMs + ms; ;) {
        if (!pending || pending.at > end) return void (nowMs = end);
        nowMs = pending.at;
        await fire();
      }
    },
    /** The timers stand still while the clock goes on. */
    async sleep(ms: number) {
      nowMs += ms;
      await fire();
    },
    now: () => nowMs,
  };
}

describe('a port that is kept open', () => {
  it('is renewed at half of its lease and looked at in between', async () => {
    const client = new FakeClient();
    const { start, advance, mapper, now } = world([client]);
    await start();
    expect(mapper.state().mappings).toMatchObject([{ externalPort: 6881, externalAddress: '25.0.0.100', confirmed: true, confirmedBy: 'listed', expiresAt: now() + HOUR, error: null }]);
    await advance(HOUR / 2 - 1_000);
    expect([client.opened, client.renewed]).toEqual([1, 0]);
    expect(client.checked).toBe(5);
    await advance(2_000);
    expect(client.renewed).toBe(1);
    await advance(10 * HOUR);
    expect([client.opened, client.renewed]).toEqual([1, 21]);
    await mapper.close();
    expect([...client.table]).toEqual([]);
  });

  it('is renewed although it has no end', async () => {
    const client = new FakeClient();
    client.lifetimeSeconds = null;
    const { start, advance, mapper } = world([client]);
    await start();
    expect(mapper.state().mappings[0]).toMatchObject({ confirmed: true, expiresAt: null });
    await advance(2 * HOUR - 1_000);
    expect(client.renewed).toBe(3);
  });

  it('does not let a router with short leases be asked without end', async () => {
    const client = new FakeClient();
    client.lifetimeSeconds = 1;
    const { start, advance } = world([client]);
    await start();
    await advance(60_000);
    expect(client.opened + client.renewed).toBeLessThan(70);
  });

  it.each(['gone', 'stolen'] as const)('is made anew when the router says that it is %s', async (state) => {
    const client = new FakeClient();
    const { start, advance, mapper } = world([client]);
    await start();
    client.answers = state;
    await advance(STANDARD_TIMING.recheckMs - 1_000);
    expect(client.opened).toBe(1);
    if (state === 'stolen') client.nextPort = 50_000;
    await advance(2_000);
    client.answers = 'there';
    expect(mapper.state().mappings[0]).toMatchObject({ confirmed: true, externalPort: state === 'stolen' ? 50_000 : 6881 });
    expect(client.opened + client.renewed).toBe(2);
  });

  it('is made anew as soon as the clock of the gateway shows that it was restarted', async () => {
    const client = new FakeClient('pcp');
    const other = { ...wanted[0]!, protocol: 'udp' as const };
    const { start, advance } = world([client], { ports: [...wanted, other] });
    await start();
    client.generation = 1;
    await advance(STANDARD_TIMING.pollMs + 1);
    expect(client.opened + client.renewed).toBe(4);
  });

  it('is looked at as soon as the computer wakes, and made anew when its lease ran out meanwhile', async () => {
    const client = new FakeClient();
    const { start, sleep, world: it_, mapper } = world([client]);
    await start();
    await sleep(20 * 60_000);
    expect([client.checked, it_.discoveries]).toEqual([1, 2]);
    await sleep(8 * HOUR);
    expect([client.opened + client.renewed, it_.discoveries]).toEqual([2, 3]);
    expect(mapper.state().mappings[0]!.confirmed).toBe(true);
    await sleep(-8 * HOUR); // the clock is set back
    expect(mapper.state().mappings[0]!.confirmed).toBe(true);
  });

  it('moves to another network with the computer', async () => {
    const here = new FakeClient();
    const there = new FakeClient('pcp', 4, '10.0.0.5');
    const { start, advance, world: it_, mapper } = world([here]);
    await start();
    Object.assign(it_, { address: '10.0.0.5', clients: [there], gateways: { ipv4: '10.0.0.1', ipv6: null } });
    await advance(STANDARD_TIMING.pollMs);
    expect(mapper.state().mappings[0]).toMatchObject({ method: 'pcp', confirmed: true });
    expect(it_.discoveries).toBe(2);
  });

  it('is tried again with patience while the router refuses, and opens once it no longer does', async () => {
    const client = new FakeClient();
    client.fails = new MappingError('not-allowed', 'no (UPnP 606)', 606);
    const { start, advance, rest, mapper, world: it_ } = world([client]);
    await start();
    expect(mapper.state()).toMatchObject({ problem: { code: 'not-allowed' }, mappings: [{ confirmed: false, externalPort: null, method: null }] });
    await advance(HOUR);
    expect(it_.discoveries).toBeLessThan(16);
    client.fails = null;
    mapper.refresh('the user asks');
    await rest();
    expect(mapper.state()).toMatchObject({ problem: null, mappings: [{ confirmed: true }] });
  });

  it('counts as open no longer while the router is silent, but keeps its place until the lease ends', async () => {
    const client = new FakeClient();
    const { start, advance, mapper } = world([client]);
    await start();
    client.fails = new MappingError('unreachable', 'silent');
    await advance(STANDARD_TIMING.recheckMs + 1_000);
    expect(mapper.state().mappings[0]).toMatchObject({ confirmed: false, externalPort: 6881, error: { code: 'unreachable' } });
    client.fails = null;
    await advance(60_000);
    expect(mapper.state().mappings[0]).toMatchObject({ confirmed: true, error: null });
    expect([client.opened, client.renewed]).toEqual([1, 0]);
  });
});

describe('of several ways', () => {
  it('the first that is confirmed is kept', async () => {
    const first = new FakeClient('upnp-1');
    const second = new FakeClient('pcp');
    first.confirmedBy = null;
    first.nextPort = 7000;
    const { start, mapper } = world([first, second]);
    await start();
    expect(mapper.state().mappings[0]).toMatchObject({ method: 'pcp', confirmed: true });
    expect([[...first.table], [...second.table]]).toEqual([[], [6881]]);
  });

  it('one that is not confirmed is kept when there is no better, and said to be so', async () => {
    const only = new FakeClient('upnp-1');
    only.confirmedBy = null;
    const failing = new FakeClient('pcp');
    failing.fails = new MappingError('unreachable', 'silent');
    const { start, mapper } = world([only, failing]);
    await start();
    expect(mapper.state().mappings[0]).toMatchObject({ method: 'upnp-1', externalPort: 6881, confirmed: false, confirmedBy: null });
  });

  it('the next is used when one fails for good', async () => {
    const first = new FakeClient('upnp-1');
    const second = new FakeClient('nat-pmp');
    const { start, advance, mapper } = world([first, second]);
    await start();
    first.fails = new MappingError('refused', 'no more');
    await advance(STANDARD_TIMING.recheckMs);
    expect(mapper.state().mappings[0]).toMatchObject({ method: 'nat-pmp', confirmed: true });
  });

  it('IPv4 and IPv6 have a mapping each', async () => {
    const four = new FakeClient('upnp-2');
    const six = new FakeClient('pcp-ipv6', 6, '2a00::5');
    const { start, mapper } = world([four, six], { globalIpv6: '2a00::5' });
    await start();
    expect(mapper.state().mappings).toMatchObject([{ family: 4, method: 'upnp-2' }, { family: 6, method: 'pcp-ipv6' }]);
  });
});

describe('the port mapper', () => {
  it('says that no router was found, and what to do', async () => {
    const { start, mapper } = world([]);
    expect(mapper.state()).toMatchObject({ looked: false, problem: null });
    await start();
    expect(mapper.state()).toMatchObject({ looked: true, gateway: null, problem: { code: 'no-gateway', message: expect.stringContaining('UPnP') } });
  });

  it('says that a port is open only on the address of a second router', async () => {
    const { start, mapper } = world([new FakeClient()], { external: '192.168.100.7' });
    await start();
    expect(mapper.state()).toMatchObject({ mappings: [{ confirmed: true, externalAddressKind: 'private' }], problem: { code: 'second-nat' } });
  });

  it('needs no mapping where the computer itself has a public address, and says when there is no network', async () => {
    const { start, advance, mapper, world: it_ } = world([new FakeClient()]);
    it_.address = '25.0.0.9';
    await start();
    expect(mapper.state()).toMatchObject({ mappings: [], problem: null });
    it_.address = '169.254.3.4';
    await advance(STANDARD_TIMING.pollMs);
    expect(mapper.state()).toMatchObject({ mappings: [], problem: { code: 'no-network' } });
  });

  it('removes what is wanted no longer, opens what is wanted anew, and tells of each change once', async () => {
    const client = new FakeClient();
    const { start, advance, rest, mapper, world: it_ } = world([client]);
    await start();
    const before = it_.changes;
    mapper.want([{ ...wanted[0]!, internalPort: 7000 }, { ...wanted[0]!, internalPort: 0 }, { ...wanted[0]!, internalPort: 7000 }]);
    await rest();
    expect([...client.table]).toEqual([7000]);
    expect(mapper.state().mappings).toHaveLength(1);
    expect(it_.changes).toBeGreaterThan(before);
    const after = it_.changes;
    await advance(60_000);
    expect(it_.changes).toBe(after);
  });

  it('removes on quitting also what a silent router may have made', async () => {
    const client = new FakeClient();
    client.fails = new MappingError('unreachable', 'silent');
    const { start, mapper } = world([client]);
    await start();
    client.table.add(6881); // it did, and only its answer was lost
    client.fails = null;
    await mapper.close();
    expect([...client.table]).toEqual([]);
  });

  it('quits in time although the router never answers', async () => {
    const client = new FakeClient();
    const { start, mapper } = world([client]);
    await start();
    client.remove = () => new Promise(() => undefined);
    await mapper.close();
    expect(mapper.state().mappings).toBeDefined();
  });
});
