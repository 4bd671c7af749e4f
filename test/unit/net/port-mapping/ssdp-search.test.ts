// The search for routers: what is sent, how many answers are looked at, and that every socket is closed.
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { ownNetworks } from '../../../../main/net/port-mapping/own-networks.ts';
import { searchGateways, searchMessage } from '../../../../main/net/port-mapping/ssdp-search.ts';

class FakeSocket extends EventEmitter {
  readonly sent: string[] = [];
  closed = false;
  bind(_port: number, _address: string, done: () => void): void { done(); }
  setMulticastInterface(): void {}
  setMulticastTTL(): void {}
  send(message: Buffer, port: number, address: string): void { this.sent.push(`${address}:${port} ${message.toString()}`); }
  close(): void { this.closed = true; }
}

const nic = (address: string) => ({ address, cidr: `${address}/24`, internal: false, family: 'IPv4', netmask: '', mac: '' }) as never;
const networks = ownNetworks({ eth0: [nic('192.168.1.10')], wlan0: [nic('10.0.0.10')], wan0: [nic('25.0.0.7')] });
const answer = (host: string, path: string): Buffer => Buffer.from(`HTTP/1.1 200 OK\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nLOCATION: http://${host}:5000${path}\r\n\r\n`);

function search(defaultGateway: string | null) {
  const sockets: FakeSocket[] = [];
  const timers: { run: () => void; ms: number }[] = [];
  const stop = new AbortController();
  const found = searchGateways({
    networks, defaultGateway, windowMs: 2_000, signal: stop.signal, openSocket: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as never;
    },
    setTimer: (run, ms) => {
      timers.push({ run, ms });
      return () => undefined;
    },
  });
  const fire = (ms: number): void => timers.filter((timer) => timer.ms === ms).forEach(({ run }) => run());
  return { sockets, found, fire, stop };
}

it('asks each private network twice for both versions, and no other network', async () => {
  const { sockets, found, fire } = search(null);
  fire(700);
  fire(2_000);
  expect(await found).toEqual([]);
  expect(sockets.map(({ sent, closed }) => [sent.length, closed])).toEqual([[4, true], [4, true]]);
  expect(sockets[0]!.sent[0]).toBe(`239.255.255.250:1900 ${searchMessage('urn:schemas-upnp-org:device:InternetGatewayDevice:1')}`);
});

it('ends soon after the default gateway answered, which comes first', async () => {
  const { sockets, found, fire } = search('192.168.1.1');
  sockets[0]!.emit('message', answer('192.168.1.2', '/a'), { address: '192.168.1.2' });
  sockets[0]!.emit('message', answer('192.168.1.1', '/b'), { address: '192.168.1.1' });
  fire(200);
  expect((await found).map(({ host }) => host)).toEqual(['192.168.1.1', '192.168.1.2']);
});

it('looks at four answers of one host and keeps eight at most, whatever comes, and still hears the default gateway', async () => {
  const { sockets, found, fire } = search('192.168.1.1');
  for (let count = 0; count < 1_000; count++) sockets[0]!.emit('message', answer('192.168.1.66', `/${count}`), { address: '192.168.1.66' });
  for (let host = 100; host < 250; host++) sockets[0]!.emit('message', answer(`192.168.1.${host}`, '/'), { address: `192.168.1.${host}` });
  sockets[0]!.emit('message', answer('192.168.1.1', '/real'), { address: '192.168.1.1' });
  fire(2_000);
  const kept = await found;
  expect(kept[0]!.path).toBe('/real');
  expect(kept.length).toBeLessThanOrEqual(8);
  expect(kept.filter(({ host }) => host === '192.168.1.66').length).toBeLessThanOrEqual(4);
});

it('ends when it is stopped', async () => {
  const { sockets, found, stop } = search(null);
  stop.abort();
  expect(await found).toEqual([]);
  expect(sockets.every(({ closed }) => closed)).toBe(true);
});
