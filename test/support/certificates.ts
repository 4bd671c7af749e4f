// Makes a throw-away certificate authority and a server certificate for tests on loopback (X.509, RFC 5280), with Node alone.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const ecdsaWithSha256 = '1.2.840.10045.4.3.2';
const commonName = '2.5.4.3';
const dayMs = 86_400_000;

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 128) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.from(body.length.toString(16).padStart(body.length < 256 ? 2 : 4, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);
const explicit = (tag: number, ...parts: Uint8Array[]) => der(0xa0 | tag, ...parts);
const truth = der(0x01, Buffer.from([0xff]));

function oid(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(Number) as [number, number, ...number[]];
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const septets = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) septets.unshift((left & 0x7f) | 0x80);
    bytes.push(...septets);
  }
  return der(0x06, Buffer.from(bytes));
}

const name = (text: string) => sequence(der(0x31, sequence(oid(commonName), der(0x0c, Buffer.from(text)))));
const time = (ms: number) => der(0x17, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
const extension = (id: string, critical: boolean, value: Uint8Array) => sequence(oid(id), ...(critical ? [truth] : []), der(0x04, value));

function certificate(of: { subject: string; issuer: string; publicKey: KeyObject; issuerKey: KeyObject; extensions: Buffer[] }): string {
  const algorithm = sequence(oid(ecdsaWithSha256));
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x3f) | 0x40; // positive, and of a fixed length
  const body = sequence(
    explicit(0, der(0x02, Buffer.from([2]))), der(0x02, serial), algorithm, name(of.issuer),
    sequence(time(Date.now() - dayMs), time(Date.now() + 30 * dayMs)), name(of.subject),
    of.publicKey.export({ type: 'spki', format: 'der' }), explicit(3, sequence(...of.extensions)),
  );
  const whole = sequence(body, algorithm, der(0x03, Buffer.from([0]), sign('sha256', body, of.issuerKey)));
  return `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`;
}

/** PEM texts: an authority that nobody else trusts, and what a server needs to answer under `names` and `addresses` (IPv4) with it. */
export function makeCertificates(names: string[], addresses: string[]): { authority: string; certificate: string; key: string } {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = `Flashswarm test ${randomBytes(4).toString('hex')}`;
  const alternatives = sequence(
    ...names.map((one) => der(0x82, Buffer.from(one))), ...addresses.map((one) => der(0x87, Buffer.from(one.split('.').map(Number)))),
  );
  const signing = der(0x03, Buffer.from([1, 0x06])); // certificates and revocation lists
  return {
    authority: certificate({
      subject: issuer, issuer, publicKey: authority.publicKey, issuerKey: authority.privateKey,
      extensions: [extension('2.5.29.19', true, sequence(truth)), extension('2.5.29.15', true, signing)],
    }),
    certificate: certificate({
      subject: 'Flashswarm test server', issuer, publicKey: server.publicKey, issuerKey: authority.privateKey,
      extensions: [extension('2.5.29.17', false, alternatives), extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1')))],
    }),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
