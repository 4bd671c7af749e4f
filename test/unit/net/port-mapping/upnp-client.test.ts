// UPnP against the manners of many routers: each is played by a table, as its answers would be read.
import { describe, expect, it } from 'vitest';
import type { XmlNode } from '../../../../main/net/port-mapping/gateway-xml.ts';
import type { MadeMapping } from '../../../../main/net/port-mapping/mapping-types.ts';
import { UpnpClient } from '../../../../main/net/port-mapping/upnp-client.ts';
import { readUpnpDevice } from '../../../../main/net/port-mapping/upnp-device.ts';
import { readSoapAnswer, refusal } from '../../../../main/net/port-mapping/upnp-soap.ts';

const OWN = '192.168.1.10';
const want = { internalPort: 6881, protocol: 'tcp', description: 'Flashswarm' } as const;
const network = { name: 'eth0', address: OWN, prefixLength: 24, family: 4 as const, contains: (address: string) => address.startsWith('192.168.1.') };
const location = { host: '192.168.1.1', port: 5000, path: '/root.xml', network };

interface Row { client: string; port: number; description: string; lease: number }
interface Manners { version?: 1 | 2; refuse?: (action: string, args: Record<string, string | number>, call: number) => number | undefined; forgets?: boolean; external?: string; rows?: [string, Row][] }

function router({ version = 1, refuse = () => undefined, forgets = false, external = '25.0.0.100', rows = [] }: Manners = {}) {
  const table = new Map<string, Row>(rows);
  const calls: string[] = [];
  const attempts: MadeMapping[] = [];
  const answer = (row: Row, key: string): XmlNode => ({
    NewInternalClient: row.client, NewInternalPort: String(row.port), NewPortMappingDescription: row.description, NewEnabled: '1', NewLeaseDuration: String(row.lease),
    NewExternalPort: key.split(' ')[1]!, NewProtocol: key.split(' ')[0]!,
  });
  const call = async (_target: object, action: string, list: readonly (readonly [string, string | number])[]): Promise<XmlNode> => {
    const args = Object.fromEntries(list);
    calls.push(`${action}${'NewExternalPort' in args ? ` ${args.NewExternalPort}` : ''}${'NewLeaseDuration' in args ? ` ${args.NewLeaseDuration}` : ''}`);
    const code = refuse(action, args, calls.length);
    if (code !== undefined) throw refusal(code);
    const key = `${args.NewProtocol} ${args.NewExternalPort}`;
    switch (action) {
      case 'GetExternalIPAddress': return { NewExternalIPAddress: external };
      case 'GetSpecificPortMappingEntry': {
        const row = table.get(key);
        if (!row) throw refusal(714);
        return answer(row, key);
      }
      case 'GetGenericPortMappingEntry': {
        const entry = [...table][Number(args.NewPortMappingIndex)];
        if (!entry) throw refusal(713);
        return answer(entry[1], entry[0]);
      }
      case 'AddPortMapping': case 'AddAnyPortMapping':
        if (!forgets) table.set(key, { client: String(args.NewInternalClient), port: Number(args.NewInternalPort), description: String(args.NewPortMappingDescription), lease: Number(args.NewLeaseDuration) });
        return action === 'AddPortMapping' ? '' : { NewReservedPort: String(args.NewExternalPort) };
      case 'DeletePortMapping': table.delete(key); return '';
      default: throw refusal(401);
    }
  };
  const client = new UpnpClient({
    service: { type: `urn:schemas-upnp-org:service:WANIPConnection:${version}`, kind: 'WANIPConnection', version, control: location }, leaseSeconds: 3600, timeoutMs: 1, random: () => 0.5, call: call as never,
  });
  return { client, table, calls, attempts, open: (previous: MadeMapping | null = null) => client.open(want, previous, (maybe) => attempts.push(maybe)) };
}

const stranger = (port = 6881): Row => ({ client: '192.168.1.77', port, description: 'their game', lease: 0 });

describe('a port opened with UPnP', () => {
  it.each([1, 2] as const)('counts once the router lists it (version %i)', async (version) => {
    const { open, client, table, attempts } = router({ version });
    const made = await open();
    expect(made).toMatchObject({ method: `upnp-${version}`, externalPort: 6881, confirmedBy: 'listed', lifetimeSeconds: 3600, isOurs: true });
    expect(attempts).toMatchObject([{ externalPort: 6881 }]);
    expect(await client.check(made)).toBe('there');
    await client.remove(made);
    expect(table.size).toBe(0);
    expect(await client.check(made)).toBe('gone');
  });

  it('does not count when the router only says so', async () => {
    await expect(router({ forgets: true }).open()).rejects.toMatchObject({ code: 'vanished' });
  });

  it('is made without an end where the router knows no leases (725), and removed all the same', async () => {
    const { open, client, table, calls } = router({ refuse: (action, args) => (action === 'AddPortMapping' && args.NewLeaseDuration !== 0 ? 725 : undefined) });
    const made = await open();
    expect(made).toMatchObject({ lifetimeSeconds: null, confirmedBy: 'listed' });
    await client.open(want, made, () => undefined);
    expect(calls.filter((call) => call.startsWith('AddPort'))).toEqual(['AddPortMapping 6881 3600', 'AddPortMapping 6881 0', 'AddPortMapping 6881 0']);
    await client.remove(made);
    expect(table.size).toBe(0);
  });

  it('takes another port outside where the wanted one is taken, by its list or by its refusal (718)', async () => {
    const listed = router({ rows: [['TCP 6881', stranger()]] });
    expect((await listed.open()).externalPort).toBe(57_344);
    expect(listed.table.get('TCP 6881')).toEqual(stranger());
    const refused = router({ refuse: (action, args) => (action === 'AddPortMapping' && args.NewExternalPort === 6881 ? 718 : undefined) });
    expect((await refused.open()).externalPort).toBe(57_344);
    await expect(router({ refuse: (action) => (action === 'AddPortMapping' ? 718 : undefined) }).open()).rejects.toMatchObject({ code: 'conflict', gatewayCode: 718 });
  });

  it('is given up where the router wants the same port on both sides and that one is taken (724)', async () => {
    const { open, calls } = router({ refuse: (action) => (action === 'AddPortMapping' ? 724 : undefined) });
    await expect(open()).rejects.toMatchObject({ code: 'conflict', gatewayCode: 724 });
    expect(calls.filter((call) => call.startsWith('Add'))).toHaveLength(1);
  });

  it('is looked up in the whole list where the router cannot look up one', async () => {
    const { open, calls } = router({ refuse: (action) => (action === 'GetSpecificPortMappingEntry' ? 401 : undefined), rows: [['UDP 9', stranger()]] });
    expect(await open()).toMatchObject({ confirmedBy: 'listed' });
    expect(calls).toContain('GetGenericPortMappingEntry');
  });

  it('is not confirmed where the router has no list at all, and is removed nevertheless', async () => {
    const { open, client, table } = router({ refuse: (action) => (/^Get(Specific|Generic)/.test(action) ? 401 : undefined) });
    const made = await open();
    expect(made.confirmedBy).toBeNull();
    await client.remove(made);
    expect(table.size).toBe(0);
  });

  it('falls back to the old request where version 2 does not know the new one', async () => {
    const { open, calls } = router({ version: 2, refuse: (action) => (action === 'AddAnyPortMapping' ? 401 : undefined) });
    expect(await open()).toMatchObject({ method: 'upnp-2', confirmedBy: 'listed' });
    expect(calls).toContain('AddPortMapping 6881 3600');
  });

  it.each([['', /no address on the internet/], ['100.64.0.2', /behind another router/], ['0.0.0.0', /no address/]])('says that the router has no public address (501, "%s")', async (external, sentence) => {
    await expect(router({ external, refuse: (action) => (action === 'AddPortMapping' ? 501 : undefined) }).open()).rejects.toMatchObject({ code: 'no-address', message: expect.stringMatching(sentence) });
  });

  it('says that the router does not allow it (606)', async () => {
    await expect(router({ refuse: (action) => (action === 'AddPortMapping' ? 606 : undefined) }).open()).rejects.toMatchObject({ code: 'not-allowed', message: expect.stringContaining('UPnP 606') });
  });

  it('stays with whoever took it meanwhile', async () => {
    const { open, client, table } = router();
    const made = await open();
    table.set('TCP 6881', stranger());
    expect(await client.check(made)).toBe('stolen');
    await client.remove(made);
    expect(table.get('TCP 6881')).toEqual(stranger());
  });

  it('is used and left where somebody opened it by hand; one of ours from before a crash is taken over', async () => {
    const byHand = router({ rows: [['TCP 6881', { client: OWN, port: 6881, description: 'NAS', lease: 0 }]] });
    const made = await byHand.open();
    expect(made).toMatchObject({ isOurs: false, confirmedBy: 'listed' });
    await byHand.client.remove(made);
    expect([byHand.table.size, byHand.attempts]).toEqual([1, []]);
    const ours = router({ rows: [['TCP 6881', { client: OWN, port: 6881, description: 'Flashsw', lease: 0 }]] });
    expect(await ours.open()).toMatchObject({ isOurs: true, lifetimeSeconds: 3600 });
  });
});

describe('what a router answers', () => {
  it('is a refusal with its number, an answer, or unreadable', () => {
    const envelope = (body: string): string => `<s:Envelope xmlns:s="x"><s:Body>${body}</s:Body></s:Envelope>`;
    const fault = envelope('<s:Fault><faultcode>s:Client</faultcode><detail><UPnPError xmlns="y"><errorCode>718</errorCode></UPnPError></detail></s:Fault>');
    expect(() => readSoapAnswer({ status: 500, body: fault }, 'X')).toThrow(/718/);
    expect(readSoapAnswer({ status: 200, body: envelope('<u:XResponse xmlns:u="z"><A>1</A></u:XResponse>') }, 'X')).toEqual({ A: '1' });
    for (const body of ['', '<html>', envelope('<u:YResponse/>'), fault.replace('718', 'x'.repeat(9_000))]) expect(() => readSoapAnswer({ status: 200, body }, 'X')).toThrow(/router/);
    expect(() => readSoapAnswer({ status: 403, body: '' }, 'X')).toThrow(/allow/);
  });

  it('describes it: nested devices, maker and model, and control addresses of its own host alone', () => {
    const service = (type: string, control: string): string => `<service><serviceType>urn:schemas-upnp-org:service:${type}</serviceType><controlURL>${control}</controlURL></service>`;
    const device = (inner: string): string => `<root><device><deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:2</deviceType><manufacturer>A &amp; B\u202E</manufacturer><modelName>M</modelName>
      <modelNumber>1</modelNumber><presentationURL>http://192.168.1.1/</presentationURL><deviceList><device><serviceList>${inner}</serviceList></device></deviceList></device></root>`;
    const read = (inner: string, from = device(inner)) => readUpnpDevice(from, location, [network]);
    expect(read(service('WANIPConnection:2', '/ctl/IPConn') + service('WANIPv6FirewallControl:1', 'ctl6') + service('Layer3Forwarding:1', '/l3'))).toMatchObject({
      manufacturer: 'A & B', model: 'M 1', presentationUrl: 'http://192.168.1.1/', igdVersion: 2,
      services: [{ kind: 'WANIPConnection', version: 2, control: { port: 5000, path: '/ctl/IPConn' } }, { kind: 'WANIPv6FirewallControl', control: { path: '/ctl6' } }],
    });
    for (const control of ['http://25.0.0.1/ctl', 'http://192.168.1.2/ctl', '//evil.example/ctl', 'file:///x', '']) expect(read(service('WANIPConnection:1', control)).services).toEqual([]);
    for (const text of ['', 'x', '<root/>', '<device/>', '<root><device><serviceList>x</serviceList></device></root>', '<root><device><deviceList><device>x</device></deviceList></device></root>']) {
      try {
        expect(read('', text).services).toEqual([]);
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad-answer' });
      }
    }
  });
});
