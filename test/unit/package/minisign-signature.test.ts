// The four lines: made, read, verified in both kinds, and refused when anything about them is off.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64 } from '../../../main/package/canonical-base64.ts';
import { keyPairFromSeed, signEd25519 } from '../../../main/package/ed25519.ts';
import { parseSignature, signatureHolds, signMessage } from '../../../main/package/minisign-signature.ts';
import { PackageError } from '../../../main/package/package-error.ts';
import { flipBit } from '../../support/flip-bit.ts';

const pair = keyPairFromSeed(new Uint8Array(32).fill(1));
const key = { keyId: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]), ...pair };
const message = new Uint8Array(Buffer.from('{"format":"evpack/1"}'));
const text = signMessage(message, key, { trusted: 'key=abc\ttimestamp:1' });
const lines = text.trimEnd().split('\n');

/** The code of the PackageError that `run` throws, whose message is a sentence; 'accepted' when it throws nothing. Anything else is thrown on. */
function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    expect(error.message).toMatch(/^[A-Z].*[.]$/);
    return error.code;
  }
  return 'accepted';
}

const withLine = (index: number, line: string) => `${lines.with(index, line).join('\n')}\n`;

describe('a signature that was made here', () => {
  it('is four lines that say what was signed by whom, and holds', () => {
    expect(lines).toHaveLength(4);
    expect(text.endsWith('\n')).toBe(true);
    const box = parseSignature(text);
    expect(box).toMatchObject({ algorithm: 'ED', keyId: key.keyId, trustedComment: 'key=abc\ttimestamp:1', untrustedComment: 'signature from a Flashswarm secret key' });
    expect(signatureHolds(box, message, pair.publicKey)).toBe(true);
  });

  it('holds for any message and comment, and for none of them changed by one bit', () => {
    const comment = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((one) => codeOf(() => signMessage(message, key, { trusted: one })) === 'accepted');
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), comment, comment, fc.nat(), (content, trusted, untrusted, bit) => {
      const box = parseSignature(signMessage(content, key, { trusted, untrusted }));
      expect([box.trustedComment, box.untrustedComment]).toEqual([trusted, untrusted]);
      expect(signatureHolds(box, content, pair.publicKey)).toBe(true);
      expect(signatureHolds(box, flipBit(content, bit), pair.publicKey)).toBe(false);
      expect(signatureHolds({ ...box, signature: flipBit(box.signature, bit) }, content, pair.publicKey)).toBe(false);
      expect(signatureHolds({ ...box, globalSignature: flipBit(box.globalSignature, bit) }, content, pair.publicKey)).toBe(false);
      expect(signatureHolds(box, content, flipBit(pair.publicKey, bit))).toBe(false);
      expect(signatureHolds({ ...box, trustedComment: `${trusted}x` }, content, pair.publicKey)).toBe(false);
    }), { numRuns: 25 });
  });

  it('holds for its own kind alone: the two are not to be exchanged', () => {
    const box = parseSignature(text);
    expect(signatureHolds({ ...box, algorithm: 'Ed' }, message, pair.publicKey)).toBe(false);
  });
});

describe('the older kind of signature, over the message itself', () => {
  it('holds too', () => {
    const signature = signEd25519(message, key.secretKey);
    const trusted = 'timestamp:1';
    const global = signEd25519(Buffer.concat([signature, Buffer.from(trusted)]), key.secretKey);
    const box = parseSignature([
      'untrusted comment: x', encodeBase64(Buffer.concat([Buffer.from('Ed'), key.keyId, signature])), `trusted comment: ${trusted}`, encodeBase64(global),
    ].join('\n'));
    expect(box.algorithm).toBe('Ed');
    expect(signatureHolds(box, message, pair.publicKey)).toBe(true);
    expect(signatureHolds(box, flipBit(message, 3), pair.publicKey)).toBe(false);
  });
});

describe('what is not exactly a signature', () => {
  it('is refused for its lines: too few, too many, in another order, without their words', () => {
    for (const bad of [
      '', '\n', '\n\n\n\n', lines.slice(0, 3).join('\n'), `${text}\n`, `${text}x`, `${text}{}`, `\n${text}`, [...lines].reverse().join('\n'),
      withLine(0, lines[2]!), withLine(2, lines[0]!), withLine(0, 'untrusted comment:x'), withLine(2, 'Trusted comment: x'), ` ${text}`,
    ]) expect(codeOf(() => parseSignature(bad))).toBe('not-a-package');
  });

  it('is refused for base64 that could be spelt otherwise, or of another length or kind', () => {
    const first = lines[1]!;
    const bytes = Buffer.from(first, 'base64');
    const stray = first.replace(/(.)=$/, (_, last: string) => `${'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.at('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.indexOf(last) + 1)}=`);
    expect(Buffer.from(stray, 'base64')).toEqual(bytes);
    for (const bad of [
      stray, first.replace('=', ''), `${first} `, ` ${first}`, `${first}=`, first.replaceAll('+', '-').replaceAll('/', '_').replace('=', ''), '',
      bytes.subarray(0, 73).toString('base64'), Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64'),
      Buffer.concat([Buffer.from('EC'), bytes.subarray(2)]).toString('base64'), Buffer.concat([Buffer.from('eD'), bytes.subarray(2)]).toString('base64'),
    ]) expect(codeOf(() => parseSignature(withLine(1, bad)))).toBe('not-a-package');
    for (const bad of ['', lines[1]!, `${lines[3]}=`, Buffer.alloc(63).toString('base64'), Buffer.alloc(65).toString('base64')]) {
      expect(codeOf(() => parseSignature(withLine(3, bad)))).toBe('not-a-package');
    }
  });

  it('is refused for comments that mislead on a screen or do not end', () => {
    for (const character of ['\u0000', '\u001b', '\u007f', '\u0085', '\u009f', '\u2028', '\u202e', '\u2066', '\ufeff', '\r', '\ud800']) {
      expect(codeOf(() => parseSignature(withLine(2, `trusted comment: a${character}b`)))).toBe('not-a-package');
      expect(codeOf(() => parseSignature(withLine(0, `untrusted comment: a${character}b`)))).toBe('not-a-package');
      expect(codeOf(() => signMessage(message, key, { trusted: `a${character}b` }))).toBe('not-a-package');
    }
    expect(codeOf(() => parseSignature(withLine(0, `untrusted comment: ${'x'.repeat(1022 - 19)}`)))).toBe('accepted');
    expect(codeOf(() => parseSignature(withLine(0, `untrusted comment: ${'x'.repeat(1023 - 19)}`)))).toBe('not-a-package');
    expect(codeOf(() => parseSignature(withLine(2, `trusted comment: ${'x'.repeat(8190 - 17)}`)))).toBe('accepted');
    expect(codeOf(() => parseSignature(withLine(2, `trusted comment: ${'x'.repeat(8191 - 17)}`)))).toBe('not-a-package');
    expect(codeOf(() => parseSignature(withLine(2, `trusted comment: ${'x'.repeat(9_000_000)}`)))).toBe('not-a-package');
    expect(codeOf(() => signMessage(message, key, { trusted: 'a\nb' }))).toBe('not-a-package');
  });

  it('is refused with a sentence, whatever was changed in it', () => {
    fc.assert(fc.property(fc.nat(), fc.string({ unit: 'binary', maxLength: 5 }), fc.nat(5), (at, inserted, removed) => {
      const from = at % text.length;
      expect(['accepted', 'not-a-package']).toContain(codeOf(() => parseSignature(text.slice(0, from) + inserted + text.slice(from + removed))));
    }), { numRuns: 500 });
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (any) => void expect(codeOf(() => parseSignature(any))).toBe('not-a-package')), { numRuns: 300 });
  });
});

it('reads lines as minisign writes them on Windows', () => {
  expect(parseSignature(text.replaceAll('\n', '\r\n'))).toEqual(parseSignature(text));
  expect(signatureHolds(parseSignature(text.replaceAll('\n', '\r\n')), message, pair.publicKey)).toBe(true);
});
