// NAT-PMP and PCP on the wire: messages, repetitions, strangers' answers, and the clock of the gateway.
import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askGatewayByUdp, natPmpSchedule, pcpSchedule } from '../../../../main/net/port-mapping/gateway-datagrams.ts';
import { GatewayEpoch } from '../../../../main/net/port-mapping/gateway-epoch.ts';
import { natPmpMapRequest, readNatPmpAnswer } from '../../../../main/net/port-mapping/nat-pmp-messages.ts';
import { addressBytes, addressText, pcpAnnounceRequest, pcpMapRequest, readPcpAnswer } from '../../../../main/net/port-mapping/pcp-messages.ts';

class FakeSocket extends EventEmitter {
  readonly sent: Buffer[] = [];
  closed = false;
  bind(_options: object, done: () => void): void { done(); }
  connect(_port: number, _address: string, done: () => void): void { done(); }
  send(message: Buffer, done: (error: Error | null) => void): void {
    this.sent.push(message);
    done(null);
  }
  close(): void { this.closed = true; }
}

function ask(schedule: number[]) {
  const socket = new FakeSocket();
  const waits: number[] = [];
  const timers: (() => void)[] = [];
  const stop = new AbortController();
  const answer = askGatewayByUdp({
    gateway: '192.168.1.1', localAddress: '192.168.1.10', message: Buffer.from('ask'), schedule, signal: stop.signal, openSocket: () => socket as never,
    read: (datagram) => (datagram.toString() === 'answer' ? 'answer' : null),
    setTimer: (run, ms) => {
      waits.push(ms);
      timers.push(run);
      return () => undefined;
    },
  });
  answer.catch(() => undefined);
  return { socket, waits, timers, stop, answer };
}

describe('a question to the gateway', () => {
  it('is repeated as the schedule says, and then given up', async () => {
    const { socket, waits, timers, answer } = ask([250, 500, 1000]);
    for (let round = 0; round < 3; round++) timers[round]!();
    await expect(answer).rejects.toMatchObject({ code: 'unreachable' });
    expect([waits, socket.sent.length, socket.closed]).toEqual([[250, 500, 1000], 3, true]);
  });

  it('hears the gateway alone, and not for ever', async () => {
    const { socket, answer } = ask([250]);
    socket.emit('message', Buffer.from('answer'), { address: '192.168.1.66', port: 5351 });
    socket.emit('message', Buffer.from('answer'), { address: '192.168.1.1', port: 5350 });
    socket.emit('message', Buffer.from('noise'), { address: '192.168.1.1', port: 5351 });
    socket.emit('message', Buffer.from('answer'), { address: '192.168.1.1', port: 5351 });
    await expect(answer).resolves.toBe('answer');
    const flooded = ask([250]);
    for (let count = 0; count <= 200; count++) flooded.socket.emit('message', Buffer.alloc(9), { address: '192.168.1.1', port: 5351 });
    await expect(flooded.answer).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('ends at once when nobody listens there, or when it is stopped', async () => {
    const refused = ask([250]);
    refused.socket.emit('error', new Error('ECONNREFUSED'));
    await expect(refused.answer).rejects.toMatchObject({ code: 'unreachable' });
    const stopped = ask([250]);
    stopped.stop.abort();
    await expect(stopped.answer).rejects.toMatchObject({ code: 'closed' });
    expect(stopped.socket.closed).toBe(true);
  });

  it.each([['2a00::1', '::1'], ['192.168.1.1', '203.0.113.9'], ['127.0.0.1', '127.0.0.1']])('fails softly where there is no way to the gateway %s from %s', async (gateway, localAddress) => {
    const asked = askGatewayByUdp({ gateway, localAddress, message: Buffer.from('ask'), read: () => null, schedule: [200], signal: new AbortController().signal });
    await expect(asked).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('is repeated as RFC 6886 and RFC 6887 say', () => {
    expect(natPmpSchedule(200_000)).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000]);
    expect(natPmpSchedule(1_000)).toEqual([250, 500, 250]);
    expect(pcpSchedule(30_000, () => 0.5)).toEqual([3000, 6000, 12_000, 9_000]);
    fc.assert(fc.property(fc.integer({ min: 1, max: 5_000_000 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (withinMs, random) => {
      const waits = pcpSchedule(withinMs, () => random);
      expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(withinMs);
      expect(waits[0]).toBeLessThanOrEqual(3_300);
      expect(Math.max(...waits)).toBeLessThanOrEqual(1_127_000);
    }));
  });
});

describe('the messages', () => {
  it('of NAT-PMP are those of RFC 6886', () => {
    expect(natPmpMapRequest('tcp', 6881, 51_413, 3600).toString('hex')).toBe('000200001ae1c8d500000e10');
    expect(readNatPmpAnswer(Buffer.from('0080000000000064190000640000', 'hex').subarray(0, 12))).toEqual({ kind: 'address', result: 0, epochSeconds: 100, address: '25.0.0.100' });
    expect(readNatPmpAnswer(Buffer.from('00800003000000640000000000', 'hex').subarray(0, 12))).toMatchObject({ result: 3, address: null });
    expect(readNatPmpAnswer(Buffer.from('00820000000000641ae1c8d500000e10', 'hex'))).toEqual({
      kind: 'mapping', result: 0, epochSeconds: 100, protocol: 'tcp', internalPort: 6881, externalPort: 51_413, lifetimeSeconds: 3600,
    });
    expect(readNatPmpAnswer(Buffer.from('0281000100000000', 'hex'))).toEqual({ kind: 'other-version', version: 2 });
    expect(readNatPmpAnswer(Buffer.from('0001', 'hex'))).toBeNull();
  });

  it('of PCP are those of RFC 6887, and come back as they went', () => {
    const request = pcpMapRequest({
      clientAddress: '192.168.1.10', nonce: Buffer.from('000102030405060708090a0b', 'hex'), protocol: 'tcp', internalPort: 6881, externalPort: 51_413, externalAddress: null, lifetimeSeconds: 120,
    });
    expect(request.toString('hex')).toBe('0201000000000078'
      + '00000000000000000000ffffc0a8010a' + '000102030405060708090a0b' + '060000001ae1c8d5' + '00000000000000000000ffff00000000');
    const reply = Buffer.from(request);
    reply[1] = 0x81;
    reply.fill(0, 8, 24);
    reply.writeUInt32BE(77, 8);
    reply.set(addressBytes('25.0.0.100'), 44);
    expect(readPcpAnswer(reply)).toMatchObject({
      opcode: 1, result: 0, lifetimeSeconds: 120, epochSeconds: 77, map: { protocol: 6, internalPort: 6881, externalPort: 51_413, externalAddress: '25.0.0.100' },
    });
    expect(readPcpAnswer(request)).toBeNull();
    expect(pcpAnnounceRequest('2a00::1').length).toBe(24);
  });

  it('carry any address there and back', () => {
    fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      const plain = addressText(addressBytes(address));
      expect(addressText(addressBytes(plain))).toBe(plain);
      if (!address.includes(':')) expect(plain).toBe(address);
    }));
    expect(addressText(addressBytes('FE80::1%eth0'))).toBe('fe80::1');
  });

  it('are read or refused, whatever bytes come', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(0, 1, 2), fc.constantFrom(128, 129, 130, 0), (bytes, version, opcode) => {
      if (bytes.length > 1) bytes.set([version, opcode]);
      for (const read of [readNatPmpAnswer, readPcpAnswer]) expect(typeof read(bytes)).toBe('object');
    }), { numRuns: 1_000 });
  });
});

describe('the clock of the gateway', () => {
  const clock = (rule: 'pcp' | 'nat-pmp') => {
    let nowMs = 1_000_000;
    const epoch = new GatewayEpoch(rule, () => nowMs);
    return (afterSeconds: number, says: number): number => {
      nowMs += afterSeconds * 1000;
      epoch.saw(says);
      return epoch.losses;
    };
  };

  it.each(['pcp', 'nat-pmp'] as const)('shows a restart, and forgives drift (%s)', (rule) => {
    const saw = clock(rule);
    expect([saw(0, 5_000), saw(300, 5_300), saw(300, 5_590), saw(300, 5_890)]).toEqual([0, 0, 0, 0]);
    expect(saw(300, 12)).toBe(1);
    expect(saw(300, 312)).toBe(1);
    expect(saw(3_600, 100)).toBe(2);
  });

  it('that runs ahead means a loss for PCP alone', () => {
    expect([clock('pcp'), clock('nat-pmp')].map((saw) => saw(0, 100) + saw(10, 500))).toEqual([1, 0]);
  });
});
