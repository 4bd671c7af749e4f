// Which servers can say something about the outside: none on this machine, none in its network, none that cannot be found.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../../../main/net/address-rules.ts';
import { serverText, sortServers } from '../../../../main/net/diagnosis/outside-servers.ts';

const ownAddresses = ['127.0.0.1', '192.168.1.10', '25.0.0.50', '2a00:1:2:3::10', 'fe80::10%eth0'];
const at = (host: string) => ({ host, port: 8469 });
const where = async (host: string, family: 4 | 6, own = ownAddresses): Promise<string> => {
  const { outside, inside, unresolved } = await sortServers([at(host)], family, { ownAddresses: own });
  return outside.length ? 'outside' : inside.length ? 'inside' : unresolved.length ? 'unresolved' : 'left out';
};

describe('a server', () => {
  it.each<[string, 4 | 6, string]>([
    ['127.0.0.1', 4, 'inside'], ['127.8.9.1', 4, 'inside'], ['192.168.1.10', 4, 'inside'], ['192.168.7.7', 4, 'inside'], ['10.1.2.3', 4, 'inside'], ['172.20.0.1', 4, 'inside'],
    ['169.254.3.4', 4, 'inside'], ['100.64.0.1', 4, 'inside'], ['203.0.113.7', 4, 'inside'], ['0.0.0.0', 4, 'inside'], ['224.0.0.1', 4, 'inside'],
    ['25.0.0.50', 4, 'inside'], ['25.0.0.51', 4, 'outside'], ['8.8.8.8', 4, 'outside'],
    ['::1', 6, 'inside'], ['fe80::1', 6, 'inside'], ['fd00::1', 6, 'inside'], ['2001:db8::1', 6, 'inside'], ['::ffff:127.0.0.1', 6, 'inside'], ['::ffff:25.0.0.50', 6, 'inside'],
    ['2a00:1:2:3:0:0:0:10', 6, 'inside'], ['2a00:1:2:3::11', 6, 'outside'], ['::ffff:25.0.0.51', 6, 'outside'],
    ['25.0.0.51', 6, 'left out'], ['2a00:9::4', 4, 'left out'],
  ])('%s over IPv%s is %s', async (host, family, wanted) => expect(await where(host, family)).toBe(wanted));

  it('by the name of this machine is inside', async () => expect(await where('localhost', 4)).toBe('inside'));

  it('behind the address that the router has outside is inside', async () => {
    expect(await where('25.0.0.100', 4)).toBe('outside');
    expect(await where('25.0.0.100', 4, [...ownAddresses, '25.0.0.100'])).toBe('inside');
  });
});

it('keeps the order, what was configured, and where it was found', async () => {
  const book: Record<string, string> = { 'a.example': '25.0.0.1', 'b.example': '192.168.0.5', 'd.example': '25.0.0.2' };
  const resolve = async ({ host, port }: { host: string; port: number }) => (book[host] ? { address: book[host], port } : null);
  const sorted = await sortServers([at('a.example'), at('b.example'), at('c.example'), { host: 'd.example', port: 1 }], 4, { ownAddresses, resolve });
  expect(sorted).toEqual({
    outside: [{ named: at('a.example'), at: at('25.0.0.1') }, { named: { host: 'd.example', port: 1 }, at: { host: '25.0.0.2', port: 1 } }],
    inside: [{ named: at('b.example'), at: at('192.168.0.5') }], unresolved: [at('c.example')],
  });
});

it('waits for no name longer than it was told to, and takes a failing look-up for one that was not found', async () => {
  const resolve = ({ host, port }: { host: string; port: number }) => (
    host === 'slow.example' ? new Promise<null>(() => {}) : host === 'bad.example' ? Promise.reject(new Error('x')) : Promise.resolve({ address: '25.0.0.1', port })
  );
  const sorted = await sortServers([at('slow.example'), at('bad.example'), at('good.example')], 4, { ownAddresses, resolve, timeoutMs: 20 });
  expect(sorted.unresolved.map(({ host }) => host)).toEqual(['slow.example', 'bad.example']);
  expect(sorted.outside.map(({ named }) => named.host)).toEqual(['good.example']);
});

it('never takes an address for outside that is not public, or is one of our own', async () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  await fc.assert(fc.asyncProperty(fc.array(address, { maxLength: 8 }), fc.array(address, { maxLength: 4 }), fc.constantFrom(4 as const, 6 as const), async (hosts, own, family) => {
    const { outside, inside } = await sortServers([...hosts, ...own].map(at), family, { ownAddresses: own });
    for (const one of outside) expect(isPublicAddress(one.at.host) && !own.includes(one.at.host)).toBe(true);
    for (const one of own) expect(outside.map(({ named }) => named.host)).not.toContain(one);
    expect(outside.length + inside.length).toBe([...hosts, ...own].filter((one) => one.includes(':') === (family === 6)).length);
  }));
});

it('writes a server as people do', () => expect([serverText(at('probe.example')), serverText(at('::1'))]).toEqual(['probe.example:8469', '[::1]:8469']));
