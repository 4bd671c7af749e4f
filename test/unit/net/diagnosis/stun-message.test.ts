// STUN messages against the test vectors of RFC 5769, and against anything that a stranger may send.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  attributeOf, changeRequest, decodeStun, encodeStun, endpointAttribute, endpointOf, errorCodeOf, holdsIntegrity, mappedEndpoint, stunAttributes, stunMethods, textOf,
} from '../../../../main/net/diagnosis/stun-message.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

// RFC 5769, 2.2 and 2.3: a response for 192.0.2.1:32853 and one for 2001:db8:1234:5678:11:2233:4455:6677:32853.
const ipv4Response = hex(`0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643
  00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96`);
const ipv6Response = hex(`01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
  00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c`);
// 2.4: a request with long-term credentials.
const longTerm = hex(`00010060 2112a442 78ad3433 c6ad72c0 29da412e 00060012 e3839ee3 8388e383 aae38383 e382af e382b9 0000 0015001c 662f2f34 39396b39 35346436
  4f4c3334 6f4c3946 53547679 3634734100140 00b 6578616d 706c652e 6f726700 00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666`.replaceAll(/\s/g, ''));

it('reads where one was seen, over IPv4 and IPv6, from the examples of the standard', () => {
  expect(mappedEndpoint(decodeStun(ipv4Response)!)).toEqual({ address: '192.0.2.1', port: 32_853, family: 4 });
  expect(mappedEndpoint(decodeStun(ipv6Response)!)).toEqual({ address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32_853, family: 6 });
  expect(decodeStun(ipv4Response)).toMatchObject({ method: stunMethods.binding, class: 'success' });
  expect(textOf(decodeStun(ipv4Response)!, stunAttributes.software)).toBe('test vector');
});

it('checks who made a message as the standard does', () => {
  const password = Buffer.from('VOkJxbRl1RmTxUk/WvJxBt');
  expect(holdsIntegrity(ipv4Response, password)).toBe(true);
  expect(holdsIntegrity(ipv6Response, password)).toBe(true);
  expect(holdsIntegrity(ipv4Response, Buffer.from('another'))).toBe(false);
  const key = createHash('md5').update('\u30de\u30c8\u30ea\u30c3\u30af\u30b9:example.org:TheMatrIX').digest();
  expect(decodeStun(longTerm)).not.toBeNull();
  expect(holdsIntegrity(longTerm, key)).toBe(true);
});

it('takes no message whose checksum is wrong or that is not whole', () => {
  const broken = Buffer.from(ipv4Response);
  broken[50]! ^= 1;
  expect(decodeStun(broken)).toBeNull();
  for (let length = 0; length < ipv4Response.length; length++) expect(decodeStun(ipv4Response.subarray(0, length))).toBeNull();
  expect(decodeStun(Buffer.concat([ipv4Response, Buffer.alloc(4)]))).toBeNull();
});

it('never throws and never reads beyond its bounds, whatever comes in', () => {
  const head = fc.constantFrom(Buffer.alloc(0), hex('0101'), hex('01010008 2112a442'));
  fc.assert(fc.property(head, fc.uint8Array({ maxLength: 2_000 }), (start, rest) => {
    const bytes = Buffer.concat([start, rest]);
    if (bytes.length >= 4 && start.length > 0) bytes.writeUInt16BE(Math.max(0, bytes.length - 20) & 0xfffc, 2);
    const message = decodeStun(bytes);
    holdsIntegrity(bytes, Buffer.from('key'));
    if (!message) return;
    expect(message.attributes.length).toBeLessThanOrEqual(32);
    mappedEndpoint(message);
    errorCodeOf(message);
    for (const type of Object.values(stunAttributes)) endpointOf(message, type);
  }), { numRuns: 3_000 });
});

it('reads back whatever it writes', () => {
  const attribute = fc.record({ type: fc.integer({ min: 0, max: 0x7fff }).filter((type) => type !== stunAttributes.messageIntegrity), value: fc.uint8Array({ maxLength: 40 }) });
  fc.assert(fc.property(
    fc.constantFrom(0x001, 0x003, 0x004, 0xfff), fc.constantFrom('request', 'indication', 'success', 'error'), fc.uint8Array({ minLength: 12, maxLength: 12 }),
    fc.array(attribute, { maxLength: 10 }), (method, kind, transaction, attributes) => {
      const message = { method, class: kind, transaction, attributes } as const;
      const bytes = encodeStun(message, { integrityKey: Buffer.from('key'), withFingerprint: true });
      expect(decodeStun(bytes)).toMatchObject({ ...message, attributes: [...attributes, { type: stunAttributes.messageIntegrity }, { type: stunAttributes.fingerprint }] });
      expect(holdsIntegrity(bytes, Buffer.from('key'))).toBe(true);
    },
  ));
});

it('carries every address there and back', () => {
  const transaction = new Uint8Array(12).fill(9);
  const address = fc.oneof(fc.ipV4(), fc.ipV6().filter((one) => !one.includes('.')));
  fc.assert(fc.property(address, fc.integer({ min: 1, max: 65_535 }), (one, port) => {
    for (const type of [stunAttributes.xorMappedAddress, stunAttributes.otherAddress]) {
      const message = { method: 1, class: 'success', transaction, attributes: [endpointAttribute(type, { address: one, port }, transaction)] } as const;
      const read = endpointOf(decodeStun(encodeStun({ ...message, attributes: [...message.attributes] }))!, type)!;
      expect(read.port).toBe(port);
      expect(new URL(`http://${read.family === 6 ? `[${read.address}]` : read.address}`).host).toBe(new URL(`http://${read.family === 6 ? `[${one}]` : one}`).host);
    }
  }));
  expect(attributeOf({ method: 1, class: 'request', transaction, attributes: [changeRequest(true, true)] }, stunAttributes.changeRequest)).toEqual(Uint8Array.from([0, 0, 0, 6]));
});
