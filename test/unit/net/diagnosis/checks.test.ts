// The checks where they need no network of their own: bounded in time, cancellable, and never taking silence for an answer.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createWebServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { checkCaptivePortal, parsePortalProbe } from '../../../../main/net/diagnosis/captive-portal.ts';
import { checkLatency } from '../../../../main/net/diagnosis/latency.ts';
import { checkNatBehaviour } from '../../../../main/net/diagnosis/nat-behaviour.ts';
import { interfaceKind } from '../../../../main/net/diagnosis/os-network.ts';
import type { OsNetwork } from '../../../../main/net/diagnosis/os-network.ts';
import { checkPathInterference } from '../../../../main/net/diagnosis/path-interference.ts';
import { checkPathMtu } from '../../../../main/net/diagnosis/path-mtu.ts';
import { isReachable } from '../../../../main/net/diagnosis/reachability.ts';
import { parseServerAddress } from '../../../../main/net/diagnosis/resolve-server.ts';
import { runCheck } from '../../../../main/net/diagnosis/run-check.ts';
import { decodeStun, encodeStun, endpointAttribute, stunAttributes } from '../../../../main/net/diagnosis/stun-message.ts';
import { StunSocket } from '../../../../main/net/diagnosis/stun.ts';
import { checkTurn } from '../../../../main/net/diagnosis/turn.ts';
import { GateError, OutboundGate } from '../../../../main/net/outbound-gate.ts';

const host = '127.0.0.1';
const { signal } = new AbortController();

/** A UDP server that answers with what `answer` makes of a datagram. */
async function udpServer(answer: (bytes: Buffer, times: number, from: { address: string; port: number }) => Uint8Array[]): Promise<{ host: string; port: number }> {
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  let times = 0;
  socket.on('message', (bytes, from) => {
    for (const one of answer(bytes, ++times, from)) socket.send(one, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  return { host, port: socket.address().port };
}

const stunAnswer = (bytes: Buffer, from: { address: string; port: number }, more: { type: number; value: Uint8Array }[] = []): Buffer => {
  const { transaction } = decodeStun(bytes)!;
  return encodeStun({ method: 1, class: 'success', transaction, attributes: [endpointAttribute(stunAttributes.xorMappedAddress, from, transaction), ...more] });
};

it('turns whatever happens in a check into a result', async () => {
  const forever = (): Promise<never> => new Promise(() => {});
  expect(await runCheck('nat', 20, signal, forever)).toMatchObject({ id: 'nat', outcome: 'unknown', facts: { reason: 'timeout' } });
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 20);
  expect(await runCheck('nat', 10_000, stop.signal, forever)).toMatchObject({ outcome: 'unknown', facts: { reason: 'cancelled' } });
  expect(await runCheck('nat', 10_000, stop.signal, async () => ({ outcome: 'ok', facts: {} }))).toMatchObject({ facts: { reason: 'cancelled' } });
  expect(await runCheck('nat', 10_000, signal, () => Promise.reject(new Error('x')))).toMatchObject({ outcome: 'unknown', facts: { reason: 'failed' } });
  let ended = false;
  await runCheck('nat', 10_000, signal, async (inner) => {
    inner.addEventListener('abort', () => (ended = true));
    return { outcome: 'ok', facts: {} };
  });
  expect(ended).toBe(true);
});

it('ends every check at once when it is cancelled', async () => {
  const silent = await udpServer(() => []);
  const closed = new AbortController();
  const blackHole = createServer(() => {}).listen(0, host); // takes connections and says nothing
  onTestFinished(() => void blackHole.close());
  await once(blackHole, 'listening');
  const probe = { host, port: (blackHole.address() as AddressInfo).port };
  const checks = [
    checkNatBehaviour({ family: 4, stunServers: [silent] }, closed.signal), isReachable({ probe, family: 4, tcpPort: 6881, udpPort: null, udpKind: 'dht' }, closed.signal),
    checkPathMtu({ probe, family: 4, pingTarget: null }, closed.signal), checkLatency({ probe, gateway: null, family: 4, load: null }, closed.signal),
    checkTurn({ server: silent, username: 'u', password: 'p', family: 4, transport: 'udp' }, closed.signal),
    checkTurn({ server: probe, username: 'u', password: 'p', family: 4, transport: 'tcp' }, closed.signal),
  ];
  setTimeout(() => closed.abort(), 50);
  for (const result of await Promise.all(checks)) expect(result).toMatchObject({ outcome: 'unknown', facts: { reason: 'cancelled' } });
});

it('sends a STUN request again until it is answered, and hears nobody but whom it asked', async () => {
  const server = await udpServer((bytes, times, from) => (times < 2 ? [] : [stunAnswer(bytes, from)]));
  const socket = await StunSocket.open({ family: 4, address: host }, signal);
  onTestFinished(() => socket.close());
  const asked = { address: server.host, port: server.port };
  expect(await socket.binding(asked, signal, { sends: 3, firstWaitMs: 30 })).toMatchObject({ mapped: { address: host, port: socket.localPort }, other: null });
  // Somebody else answers for a server that is silent.
  const other = createSocket('udp4');
  onTestFinished(() => void other.close());
  const silent = await udpServer((bytes, _, from) => {
    other.send(stunAnswer(bytes, from), from.port, from.address);
    return [];
  });
  expect(await socket.binding({ address: silent.host, port: silent.port }, signal, { sends: 2, firstWaitMs: 30 })).toBeNull();
});

it('survives servers that answer nonsense, or name another one inside the own network', async () => {
  const nonsense = await udpServer((bytes) => [Buffer.alloc(1_400, 0xff), Buffer.alloc(0), bytes, bytes.subarray(0, 19)]);
  const liar = await udpServer((bytes, _, from) => {
    const { transaction } = decodeStun(bytes)!;
    return [stunAnswer(bytes, from, [endpointAttribute(stunAttributes.otherAddress, { address: '0.0.0.0', port: 1 }, transaction), { type: stunAttributes.otherAddress, value: new Uint8Array(3) }])];
  });
  const context = { family: 4, localAddress: host } as const;
  expect(await checkNatBehaviour({ ...context, stunServers: [nonsense] }, signal)).toMatchObject({ outcome: 'unknown', facts: { udp: 'unknown', serversAnswered: 0 } });
  expect(await checkNatBehaviour({ ...context, stunServers: [liar] }, signal)).toMatchObject({ outcome: 'ok', facts: { mapping: 'direct', udp: 'open' } });
  expect(await checkNatBehaviour({ ...context, stunServers: [] }, signal)).toMatchObject({ outcome: 'unknown', facts: { reason: 'no-server' } });
});

it('takes no TURN server for good that cannot show that it knows the password', async () => {
  const impostor = await udpServer((bytes, times, from) => {
    const { transaction, method } = decodeStun(bytes)!;
    const text = (type: number, value: string) => ({ type, value: Uint8Array.from(Buffer.from(value)) });
    const refused = { type: stunAttributes.errorCode, value: Uint8Array.from([0, 0, 4, 1]) };
    if (times === 1) return [encodeStun({ method, class: 'error', transaction, attributes: [refused, text(stunAttributes.realm, 'r'), text(stunAttributes.nonce, 'n')] })];
    return [encodeStun({ method, class: 'success', transaction, attributes: [endpointAttribute(stunAttributes.xorRelayedAddress, from, transaction)] }, { integrityKey: Buffer.from('wrong') })];
  });
  const context = { server: impostor, username: 'u', password: 'p', family: 4, transport: 'udp' } as const;
  expect(await checkTurn(context, signal)).toMatchObject({ outcome: 'problem', facts: { state: 'bad-answer', relayAddress: null } });
  const full = await udpServer((bytes) => {
    const { transaction, method } = decodeStun(bytes)!;
    return [encodeStun({ method, class: 'error', transaction, attributes: [{ type: stunAttributes.errorCode, value: Uint8Array.from([0, 0, 5, 8]) }] })];
  });
  expect(await checkTurn({ ...context, server: full }, signal)).toMatchObject({ outcome: 'problem', facts: { state: 'refused', errorCode: 508 } });
});

it('tells a sign-in page from the address that was asked for', async () => {
  let answer: (response: import('node:http').ServerResponse) => void = () => {};
  const web = createWebServer((_, response) => answer(response)).listen(0, host);
  onTestFinished(() => void web.close());
  await once(web, 'listening');
  const gate = new OutboundGate({ allowPrivate: true, userAgent: 'Flashswarm/test' });
  onTestFinished(() => gate.close());
  const url = `http://${host}:${(web.address() as AddressInfo).port}/`;
  const check = (expectedBody: string) => checkCaptivePortal({ gate, probes: [{ url, expectedBody }] }, signal);
  answer = (response) => void response.writeHead(204).end();
  expect(await check('')).toMatchObject({ outcome: 'ok', facts: { portal: false } });
  expect(await check('success')).toMatchObject({ outcome: 'problem', facts: { portal: true, evidence: 'other-content', openUrl: url } });
  answer = (response) => void response.writeHead(302, { location: 'http://192.168.1.1/' }).end();
  expect(await check('')).toMatchObject({ outcome: 'problem', facts: { evidence: 'redirected' } });
  answer = (response) => void response.writeHead(511).end('sign in');
  expect(await check('')).toMatchObject({ outcome: 'problem', facts: { evidence: 'other-content' } });
  answer = (response) => void response.writeHead(503).end();
  expect(await check('')).toMatchObject({ outcome: 'unknown', facts: { portal: null } });
  answer = (response) => void response.end('x'.repeat(100_000));
  expect(await check('')).toMatchObject({ outcome: 'problem', facts: { evidence: 'other-content' } });
  const inside = { fetchBytes: () => Promise.reject(new GateError('private-address', 'inside')) };
  expect(await checkCaptivePortal({ gate: inside, probes: [{ url, expectedBody: '' }] }, signal)).toMatchObject({ outcome: 'problem', facts: { evidence: 'led-inside' } });
  expect(await checkCaptivePortal({ gate, probes: [{ url: 'https://example.org/', expectedBody: '' }] }, signal)).toMatchObject({ outcome: 'not-applicable' });
});

it('sees a VPN and a proxy in the way, and says no more of a proxy than the variable\'s name', async () => {
  const network: OsNetwork = { interfaces: [], gatewayIpv4: '192.168.1.1', gatewayIpv6: null, outwardIpv4: { address: '192.168.1.10', interfaceName: 'eth0', kind: 'wired' }, outwardIpv6: null };
  expect(await checkPathInterference({ network, environment: {} }, signal)).toMatchObject({ outcome: 'ok', facts: { vpn: false, proxyVariables: null } });
  const proxied = await checkPathInterference({ network, environment: { HTTPS_PROXY: 'http://user:secret@proxy:3128' } }, signal);
  expect(proxied).toMatchObject({ outcome: 'warning', facts: { vpn: false, proxyVariables: 'https_proxy' } });
  expect(JSON.stringify(proxied)).not.toContain('secret');
  const tunnel = { ...network, outwardIpv4: { address: '10.8.0.2', interfaceName: 'wg0', kind: 'tunnel' } as const };
  expect(await checkPathInterference({ network: tunnel, environment: {} }, signal)).toMatchObject({ outcome: 'warning', facts: { vpn: true, vpnInterface: 'wg0', vpnFamilies: '4' } });
  expect(await checkPathInterference({ network: { ...network, outwardIpv4: null }, environment: {} }, signal)).toMatchObject({ outcome: 'unknown', facts: { isOnline: false } });
});

it.each([
  ['eth0', 'wired'], ['enp3s0', 'wired'], ['Ethernet 2', 'wired'], ['wlan0', 'wireless'], ['wlp2s0', 'wireless'], ['Wi-Fi', 'wireless'], ['utun4', 'tunnel'], ['tun0', 'tunnel'],
  ['wg0', 'tunnel'], ['WireGuard Tunnel', 'tunnel'], ['ProtonVPN', 'tunnel'], ['ppp0', 'point-to-point'], ['wwan0', 'cellular'], ['docker0', 'virtual'],
  ['vEthernet (WSL)', 'virtual'], ['something', 'unknown'],
])('knows what kind of interface %s is', (name, kind) => {
  expect(interfaceKind(name, [{ mac: '02:00:00:00:00:01', internal: false }])).toBe(kind);
});

it('knows interfaces by what the kernel says of them', () => {
  const hints = { name: 'home', linuxType: null, isWireless: false, deviceType: null };
  const entries = [{ mac: '02:00:00:00:00:01', internal: false }];
  expect(interfaceKind('home', entries, { ...hints, linuxType: 65_534 })).toBe('tunnel');
  expect(interfaceKind('home', entries, { ...hints, deviceType: 'wireguard' })).toBe('tunnel');
  expect(interfaceKind('home', entries, { ...hints, linuxType: 512 })).toBe('point-to-point');
  expect(interfaceKind('home', entries, { ...hints, isWireless: true })).toBe('wireless');
  expect(interfaceKind('home', [{ mac: '00:00:00:00:00:00', internal: false }], hints)).toBe('tunnel');
  expect(interfaceKind('lo', [{ mac: '00:00:00:00:00:00', internal: true }], hints)).toBe('loopback');
});

it('reads addresses of servers as people write them', () => {
  expect(parseServerAddress('stun.example.org', 3478)).toEqual({ host: 'stun.example.org', port: 3478 });
  expect(parseServerAddress('localhost:8469', 1)).toEqual({ host: 'localhost', port: 8469 });
  expect(parseServerAddress('probe://[2a00:9::4]:9000/', 8469)).toEqual({ host: '2a00:9::4', port: 9000 });
  expect(parseServerAddress('stun:25.0.0.2:3479', 3478)).toEqual({ host: '25.0.0.2', port: 3479 });
  expect(parseServerAddress('2a00:9::4', 8469)).toEqual({ host: '2a00:9::4', port: 8469 });
  for (const bad of ['', 'http://x/', 'a b', 'x:99999', 'x:0', '-x', '[zz]', 'x/y', `${'x'.repeat(300)}`]) expect(parseServerAddress(bad, 1)).toBeNull();
  expect(parsePortalProbe('http://portal.example.org/ok  success')).toEqual({ url: 'http://portal.example.org/ok', expectedBody: 'success' });
  expect(parsePortalProbe('http://portal.example.org/generate_204')).toEqual({ url: 'http://portal.example.org/generate_204', expectedBody: '' });
  expect(parsePortalProbe('https://portal.example.org/')).toBeNull();
  fc.assert(fc.property(fc.string({ maxLength: 1_200 }), (text) => {
    parseServerAddress(text, 1);
    parsePortalProbe(text);
  }));
});
