// The words between probe clients and servers, from strangers: read with bounds, never with trouble.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { budgetKey, AddressBudget } from '../../../../main/net/probe-server/address-budget.ts';
import { udpQuestion } from '../../../../main/net/probe-server/connect-back.ts';
import { LineSplitter } from '../../../../main/net/probe-server/line-splitter.ts';
import { readConnectBack, readEcho, readError, readHello, readReceived, readRequest } from '../../../../main/net/probe-server/probe-protocol.ts';
import { rememberPorts } from '../../../../main/net/probe-server/probe-session.ts';
import { stunAnswer } from '../../../../main/net/probe-server/stun-responder.ts';

const token = 'a'.repeat(32);

it('reads requests as they are written, and none that is out of bounds', () => {
  const read = (request: object): unknown => readRequest(JSON.stringify({ token, ...request }))?.request ?? null;
  expect(read({ do: 'echo', word: '0011aabb' })).toEqual({ do: 'echo', word: '0011aabb' });
  expect(read({ do: 'send', bytes: 131_072 })).toEqual({ do: 'send', bytes: 131_072 });
  expect(read({ do: 'connect-back', tcpPort: 6881, word: '0011aabb', address: '192.0.2.1' })).toEqual({ do: 'connect-back', tcpPort: 6881, udpPort: null, udpKind: 'echo', word: '0011aabb' });
  for (const bad of [
    { do: 'send', bytes: 131_073 }, { do: 'send', bytes: 0 }, { do: 'receive', bytes: 1.5 }, { do: 'echo', word: '' }, { do: 'echo', word: 'A'.repeat(8) },
    { do: 'connect-back', tcpPort: 1_023, word: '0011aabb' }, { do: 'connect-back', tcpPort: 65_536, word: '0011aabb' }, { do: 'connect-back', word: '0011aabb' },
    { do: 'connect-back', tcpPort: '6881', word: '0011aabb' }, { do: 'connect-back', udpPort: 6881, udpKind: 'smtp', word: '0011aabb' }, { do: 'connect-back', tcpPort: 6881 },
  ]) expect(read(bad)).toBeNull();
});

it('reads whatever a server says without trouble', () => {
  const line = fc.oneof(fc.string({ maxLength: 2_000 }), fc.json({ maxDepth: 3 }), fc.record({
    probe: fc.constant(1), did: fc.constantFrom('echo', 'receive', 'connect-back'), error: fc.anything(), address: fc.anything(), port: fc.anything(), token: fc.anything(),
    word: fc.anything(), bytes: fc.anything(), tcp: fc.anything(), udp: fc.anything(),
  }, { requiredKeys: [] }).map((told) => { try { return JSON.stringify(told, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)); } catch { return ''; } }));
  fc.assert(fc.property(line, (text) => {
    for (const read of [readHello, readEcho, readError, readReceived, readConnectBack, readRequest]) read(text);
  }), { numRuns: 2_000 });
});

it('finds the same lines however a stream is cut, and holds no more than a line', () => {
  const line = fc.string({ maxLength: 60 }).map((text) => text.replaceAll(/[\r\n\ud800-\udfff\ufffd]/g, ''));
  fc.assert(fc.property(fc.array(line, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 40 }), (lines, cuts) => {
    const bytes = Buffer.from(lines.map((one) => `${one}\n`).join(''));
    const found: string[] = [];
    const splitter = new LineSplitter({ line: (text) => found.push(text), burst: () => {}, tooLong: () => {} });
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const size = cuts[i % cuts.length]!;
      splitter.push(bytes.subarray(at, at + size));
      at += size;
    }
    expect(found).toEqual(lines);
  }));
  let ends = 0;
  const splitter = new LineSplitter({ line: () => {}, burst: () => {}, tooLong: () => void ends++ });
  for (let i = 0; i < 100; i++) splitter.push(Buffer.alloc(500, 0x61));
  expect(ends).toBe(1);
});

it('counts a burst apart from the lines around it', () => {
  const said: string[] = [];
  const splitter = new LineSplitter({
    line: (text) => {
      said.push(text);
      if (text === 'burst') splitter.expectBurst(5);
    },
    burst: (bytes) => said.push(`${bytes} bytes`), tooLong: () => {},
  });
  for (const part of ['bu', 'rst\n\n\n', 'ab', '\nafter', '\n']) splitter.push(Buffer.from(part));
  expect(said).toEqual(['burst', '5 bytes', 'after']);
});

it('gives each household one budget, and forgets the oldest when there are too many', () => {
  let now = 0;
  const budget = new AddressBudget({ burst: 2, perSecond: 1, maxAddresses: 10, now: () => now });
  expect([budget.take('25.0.0.1'), budget.take('25.0.0.1'), budget.take('25.0.0.1'), budget.take('25.0.0.2')]).toEqual([true, true, false, true]);
  expect([budget.take('2a00:1:2:3::1'), budget.take('2a00:1:2:3:ffff::9'), budget.take('2a00:1:2:3:4:5:6:7'), budget.take('2a00:1:2:4::1')]).toEqual([true, true, false, true]);
  now = 1_000;
  expect([budget.take('25.0.0.1'), budget.take('25.0.0.1')]).toEqual([true, false]);
  for (let i = 0; i < 100; i++) budget.take(`25.1.0.${i}`);
  expect(budget.size).toBe(10);
  expect(budgetKey('::ffff:25.0.0.1')).toBe('25.0.0.1');
});

it('lets go of ports after ten minutes, not earlier because they are asked about again', () => {
  let now = 0;
  const mayAsk = rememberPorts({ maxPorts: 2, withinMs: 1_000, now: () => now });
  expect([mayAsk('25.0.0.1', 1), mayAsk('25.0.0.1', 2), mayAsk('25.0.0.1', 3)]).toEqual([true, true, false]);
  now = 900;
  expect([mayAsk('25.0.0.1', 1), mayAsk('25.0.0.2', 3)]).toEqual([true, true]);
  now = 1_100;
  expect(mayAsk('25.0.0.1', 3)).toBe(true);
});

it('takes only the right answer to a question by UDP', () => {
  const echo = udpQuestion('echo', '0011aabb0011aabb');
  expect(echo.isAnswer(echo.bytes)).toBe(true);
  const utp = udpQuestion('utp', '0011aabb');
  expect(utp.bytes.length).toBe(20);
  expect(utp.isAnswer(Buffer.concat([Buffer.from([0x21, 0, 0, 0x11]), Buffer.alloc(16)]))).toBe(true);
  expect(utp.isAnswer(Buffer.concat([Buffer.from([0x21, 0, 0, 0x12]), Buffer.alloc(16)]))).toBe(false);
  fc.assert(fc.property(fc.constantFrom('echo', 'dht', 'utp'), fc.uint8Array({ maxLength: 100 }), (kind, bytes) => {
    const question = udpQuestion(kind, '0123456789abcdef');
    if (question.isAnswer(bytes)) expect(bytes.length).toBeGreaterThan(8);
  }));
});

it('never answers STUN with more than the request, but for the mapped address', () => {
  const places = ['25.0.0.1', '2a00::1'].map((address) => ({ address, port: 8_469 }));
  fc.assert(fc.property(fc.integer({ min: 20, max: 200 }), fc.constantFrom(...places), fc.boolean(), (requestBytes, place, hasOther) => {
    const request = { method: 1, class: 'request', transaction: new Uint8Array(12), attributes: [] } as const;
    const answer = stunAnswer({ ...request, attributes: [] }, requestBytes, place, place, hasOther ? place : null);
    expect(answer.length).toBeLessThanOrEqual(requestBytes + (place.address.includes(':') ? 24 : 12));
  }));
});
