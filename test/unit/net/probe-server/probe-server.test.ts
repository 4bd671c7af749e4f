// The probe server over real sockets: what it answers, what it refuses, and that it never connects or sends anywhere but back.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { ProbeClient, ProbeClientError } from '../../../../main/net/diagnosis/probe-client.ts';
import { isReachable } from '../../../../main/net/diagnosis/reachability.ts';
import { decodeStun, encodeStun, mappedEndpoint } from '../../../../main/net/diagnosis/stun-message.ts';
import { StunSocket } from '../../../../main/net/diagnosis/stun.ts';
import { GREETING } from '../../../../main/net/probe-server/probe-protocol.ts';
import { startProbeServer } from '../../../../main/net/probe-server/probe-server.ts';
import type { ProbeServer, ProbeServerOptions } from '../../../../main/net/probe-server/probe-server.ts';

const host = '127.0.0.1';
const { signal } = new AbortController();

async function server(options: Partial<ProbeServerOptions> = {}): Promise<ProbeServer> {
  const started = await startProbeServer({ port: 0, bind: [host], ...options });
  onTestFinished(() => started.close());
  return started;
}

async function client(port: number): Promise<ProbeClient> {
  const opened = await ProbeClient.open({ host, port }, 4, signal);
  onTestFinished(() => opened.close());
  return opened;
}

/** Says lines as they are and gives what comes until the server ends the connection. */
async function talk(port: number, lines: string[] | ((hello: string) => string[])): Promise<string> {
  const socket: Socket = connect(port, host);
  let said = '';
  socket.on('error', () => {}).setEncoding('utf8');
  socket.on('data', (text: string) => {
    if (said === '' && typeof lines === 'function') socket.write(lines(text).map((line) => `${line}\n`).join(''));
    said += text;
  });
  socket.write(typeof lines === 'function' ? `${GREETING}\n` : lines.map((line) => `${line}\n`).join(''));
  await once(socket, 'close');
  return said;
}

const reason = async (promise: Promise<unknown>): Promise<string> => promise.then(() => 'done', (error: unknown) => (error instanceof ProbeClientError ? error.reason : String(error)));

it('tells a client where it was seen, and how long a round trip takes', async () => {
  const { port } = await server();
  const probe = await client(port);
  expect(probe.hello).toMatchObject({ address: host, hasSecondAddress: false, stunPort: port });
  expect(probe.hello.port).toBeGreaterThan(1_023);
  expect(await probe.echo()).toBeGreaterThan(0);
});

it('takes and sends bursts whole', async () => {
  const { port } = await server();
  const probe = await client(port);
  for (const bytes of [1, 1_448, 131_072]) {
    expect(await probe.sendBurst(bytes, 3_000)).toBe(true);
    expect(await probe.receiveBurst(bytes, 3_000)).toBe(true);
  }
  expect(await probe.echo()).toBeGreaterThan(0);
});

it('says whether ports are open: reached, refused, and answered by whoever speaks the right protocol', async () => {
  const { port } = await server();
  const listener = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, host);
  const dht = createSocket('udp4');
  onTestFinished(() => void (listener.close(), dht.close()));
  await Promise.all([once(listener, 'listening'), new Promise<void>((resolve) => dht.bind(0, host, resolve))]);
  // A DHT node's answer to a ping (BEP 5).
  dht.on('message', (bytes, from) => {
    const transaction = bytes.subarray(bytes.indexOf('1:t4:') + 5, bytes.indexOf('1:t4:') + 9);
    dht.send(Buffer.concat([Buffer.from('d1:rd2:id20:abcdefghij0123456789e1:t4:'), transaction, Buffer.from('1:y1:re')]), from.port, from.address);
  });
  const tcpPort = (listener.address() as AddressInfo).port;
  const context = { probe: { host, port }, family: 4, tcpPort, udpPort: dht.address().port, udpKind: 'dht' } as const;
  expect(await isReachable(context, signal)).toMatchObject({ id: 'probe', outcome: 'ok', facts: { tcp: 'reachable', udp: 'reachable', observedAddress: host } });
  // The same socket does not speak uTP, so it is no uTP listener.
  expect(await isReachable({ ...context, udpKind: 'utp' }, signal)).toMatchObject({ outcome: 'warning', facts: { udp: 'unreachable' } });
  listener.close();
  expect(await isReachable({ ...context, udpPort: null }, signal)).toMatchObject({ outcome: 'problem', facts: { tcp: 'unreachable', tcpOutcome: 'refused', udp: 'not-asked' } });
});

it('has this program answer by itself where no listener can', async () => {
  const { port } = await server();
  const free = createSocket('udp4');
  await new Promise<void>((resolve) => free.bind(0, host, resolve));
  const udpPort = free.address().port;
  await new Promise<void>((resolve) => free.close(() => resolve()));
  expect(await isReachable({ probe: { host, port }, family: 4, tcpPort: null, udpPort, udpKind: 'echo' }, signal)).toMatchObject({ outcome: 'ok', facts: { udp: 'reachable' } });
});

it('asks about a few ports of one address alone, and about none of a system\'s services', async () => {
  const { port } = await server();
  const ask = async (tcpPort: number): Promise<string> => {
    const probe = await client(port);
    return reason(probe.connectBack({ tcpPort, udpPort: null, udpKind: 'echo', word: '00112233' }));
  };
  expect(await ask(22)).toBe('bad-request');
  for (const one of [50_001, 50_002, 50_003, 50_004]) expect(await ask(one)).toBe('done');
  expect(await ask(50_005)).toBe('not-allowed');
  expect(await ask(50_001)).toBe('done');
  const many = [];
  for (let i = 0; i < 6; i++) many.push(await ask(50_001));
  expect(many).toContain('too-often');
});

it('answers nothing to whoever does not greet as a client does: no web page can make a browser ask', async () => {
  const { port } = await server();
  expect(await talk(port, ['POST / HTTP/1.1', 'Host: 127.0.0.1', '', GREETING])).toBe('');
  expect(await talk(port, ['FLASHSWARM-PROBE 2'])).toBe('');
  expect(await talk(port, ['x'.repeat(5_000)])).toBe('');
});

it('refuses requests without the token, with a wrong one, and whatever else is no request', async () => {
  const { port } = await server();
  const token = (hello: string): string => (JSON.parse(hello) as { token: string }).token;
  const asks: ((hello: string) => object)[] = [
    () => ({ do: 'echo', word: '00112233' }), () => ({ do: 'echo', word: '00112233', token: '0'.repeat(32) }),
    (hello) => ({ do: 'echo', word: 'not hex', token: token(hello) }), (hello) => ({ do: 'send', bytes: 10_000_000, token: token(hello) }),
    (hello) => ({ do: 'connect-back', tcpPort: 80, token: token(hello), word: '00112233' }), (hello) => ({ do: 'anything', token: token(hello) }),
    (hello) => ({ do: 'connect-back', tcpPort: 50_000, address: '192.0.2.1', host: '192.0.2.1', token: token(hello), word: 'zz' }),
  ];
  for (const ask of asks) expect(await talk(port, (hello) => [JSON.stringify(ask(hello))])).toMatch(/\{"error":"bad-request"\}\n$/);
  expect(await talk(port, () => ['x'.repeat(2_000)])).not.toContain('error');
});

it('is done when it is closed: no connection and no port is left', async () => {
  const started = await startProbeServer({ port: 0, bind: [host] });
  const probe = await ProbeClient.open({ host, port: started.port }, 4, signal);
  await probe.echo();
  expect(started.connections).toBe(1);
  await started.close();
  expect(await reason(probe.echo())).toBe('unreachable');
  expect(await reason(ProbeClient.open({ host, port: started.port }, 4, signal))).toBe('unreachable');
});

it('lets only so many connections of one address be open', async () => {
  const started = await server();
  const sockets = Array.from({ length: 80 }, () => connect(started.port, host).on('error', () => {}));
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
  await Promise.all(sockets.slice(64).map((socket) => (socket.closed ? null : once(socket, 'close'))));
  expect(started.connections).toBe(64);
});

it('answers STUN with what was asked for and hardly a byte more', async () => {
  const { port } = await server();
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  const ask = async (bytes: Uint8Array): Promise<Buffer> => {
    socket.send(bytes, port, host);
    return (await once(socket, 'message') as [Buffer])[0];
  };
  const bare = encodeStun({ method: 1, class: 'request', transaction: new Uint8Array(12).fill(1), attributes: [] });
  const answer = await ask(bare);
  expect(answer.length).toBe(bare.length + 12);
  expect(mappedEndpoint(decodeStun(answer)!)).toMatchObject({ address: host, port: socket.address().port });
});

it('offers a second address to STUN where it has one, and answers from it when asked to', async () => {
  const { port } = await server({ secondAddresses: ['127.0.0.2'] });
  const socket = await StunSocket.open({ family: 4, address: host }, signal);
  onTestFinished(() => socket.close());
  const to = { address: host, port };
  expect(await socket.binding(to, signal)).toMatchObject({ mapped: { address: host, port: socket.localPort }, other: { address: '127.0.0.2', port: port + 1 }, from: to });
  expect((await socket.binding(to, signal, { changePort: true }))!.from).toEqual({ address: host, port: port + 1 });
  expect((await socket.binding(to, signal, { changeAddress: true }))!.from).toEqual({ address: '127.0.0.2', port });
  expect((await socket.binding(to, signal, { changeAddress: true, changePort: true }))!.from).toEqual({ address: '127.0.0.2', port: port + 1 });
  const probe = await client(port);
  expect(probe.hello.hasSecondAddress).toBe(true);
});

it('wants a first address for a second one', async () => {
  await expect(startProbeServer({ port: 0, secondAddresses: ['127.0.0.2'] })).rejects.toThrow(/first one of its kind/);
});
