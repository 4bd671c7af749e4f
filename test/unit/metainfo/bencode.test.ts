// The bounded bencode: what it reads and refuses, and that the libraries which use it find what they expect.
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import bencode, { decode, decodeBounded, encode, encodingLength, valueSpan } from 'bencode';

describe('decode', () => {
  it('reads every kind of value, strings as buffers', () => {
    const value = decode(Buffer.from('d3:agei-5e4:listl1:ai0ee3:sub'.concat('d1:x0:ee')));
    expect(value).toEqual({ age: -5, list: [Buffer.from('a'), 0], sub: { x: Buffer.alloc(0) } });
    expect(Buffer.isBuffer(value.list[0])).toBe(true);
  });

  it('takes text, ranges and encodings as bencode 2 and 4 did', () => {
    expect(decode('3:abc', 'utf8')).toBe('abc');
    expect(decode(Buffer.from('xx3:abcyy'), 2, 7, 'utf8')).toBe('abc');
    expect(decode(new Uint8Array(Buffer.from('i7e')))).toBe(7);
    expect(decode(null)).toBeNull();
    expect(decode(Buffer.alloc(0))).toBeNull();
  });

  it('ignores what follows the value and says how far it went', () => {
    expect(decode(Buffer.from('i7etrailer'))).toBe(7);
    expect([decode.position, decode.bytes]).toEqual([3, 10]);
    expect(() => decodeBounded('i7e ', { strict: true })).toThrow('after the end');
  });

  it('does not keep a view of the input', () => {
    const input = Buffer.from('3:abc');
    const value = decode(input);
    input.fill(0);
    expect(value.toString()).toBe('abc');
  });

  it('names keys that are not UTF-8 by their hex digits and encodes their bytes', () => {
    const bytes = Buffer.concat([Buffer.from('d2:'), Buffer.from([0xff, 0xfe]), Buffer.from('i1ee')]);
    expect(Object.keys(decode(bytes))).toEqual(['fffe']);
    expect(encode(decode(bytes))).toEqual(bytes);
  });

  it('lets no key change what an object is', () => {
    const bytes = Buffer.from('d9:__proto__d1:pi1ee8:toStringi2e5:valuei3ee');
    const value = decode(bytes);
    expect(value.p).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value.toString()).toBe('[object Object]');
    expect(value.value).toBe(3);
    expect(encode(value)).toEqual(bytes);
  });

  it.each([
    'i03e', 'i-0e', 'ie', 'i-e', 'i+1e', 'i1.5e', 'i12', 'i9007199254740992e', 'i99999999999999999999e',
    '05:hello', '5:abc', '99999999999:a', ':', '1', 'l', 'li1e', 'd', 'd1:a', 'd1:ae', 'di1ei2ee', 'x', 'e', '\0', 'l'.repeat(65),
  ])('refuses %j', text => {
    expect(() => decode(text)).toThrow(/^Invalid bencode/);
  });

  it('refuses more depth, values and bytes than allowed', () => {
    expect(decodeBounded(`${'l'.repeat(64)}${'e'.repeat(64)}`).bytesRead).toBe(128);
    expect(() => decodeBounded('lleee', { maxDepth: 1 })).toThrow('too deep');
    expect(() => decodeBounded('li1ei2ei3ee', { maxElements: 3 })).toThrow('too many');
    expect(() => decodeBounded('i1e', { maxBytes: 2 })).toThrow('more than 2 bytes');
  });

  it('when strict, refuses a key that comes twice, also among unsorted ones', () => {
    expect(decode('d1:ci1e1:ai2e1:ci3ee')).toEqual({ a: 2, c: 3 });
    for (const text of ['d1:ci1e1:ai2e1:ci3ee', 'd1:ai1e1:ai2ee', 'd8:toStringi1e8:toStringi1ee']) {
      expect(() => decodeBounded(text, { strict: true })).toThrow('twice');
    }
  });
});

describe('encode', () => {
  it('sorts keys by their bytes and leaves out what is not there', () => {
    expect(encode({ '\u{10000}': 1, '\uffff': 2, b: null, a: undefined }).toString()).toBe('d3:\uffffi2e4:\u{10000}i1ee');
  });

  it('takes maps, sets, typed arrays, booleans and big integers', () => {
    const bytes = encode(new Map<string, unknown>([['b', new Set([1, true])], ['a', new Uint8Array([65, 66])], ['c', 2n ** 63n]]));
    expect(bytes.toString()).toBe('d1:a2:AB1:bli1ei1ee1:ci9223372036854775808ee');
  });

  it('writes into a buffer at an offset', () => {
    const target = Buffer.alloc(6, '.');
    expect(encode('hi', target, 1)).toBe(target);
    expect(target.toString()).toBe('.2:hi.');
  });

  it.each([[Number.NaN], [Infinity], [() => 1], [Symbol('x')]])('refuses %s', value => {
    expect(() => encode(value as never)).toThrow('Cannot bencode');
  });

  it('refuses a value that contains itself', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(() => encode(loop)).toThrow('this deep');
  });
});

describe('any value', () => {
  const bytes = fc.uint8Array({ maxLength: 40 }).map(array => Buffer.from(array));
  const value = fc.letrec<{ any: unknown }>(tie => ({
    any: fc.oneof(
      { maxDepth: 5, withCrossShrink: true }, bytes, fc.maxSafeInteger(),
      fc.array(tie('any'), { maxLength: 6 }), fc.dictionary(fc.string({ unit: 'grapheme' }), tie('any'), { maxKeys: 6, noNullPrototype: true }),
    ),
  })).any;

  it('comes back from its encoding, and that is as long as announced', () => {
    fc.assert(fc.property(value, original => {
      const encoded = encode(original as never);
      expect(encodingLength(original as never)).toBe(encoded.length);
      const { value: back, bytesRead } = decodeBounded(encoded, { strict: true });
      expect(bytesRead).toBe(encoded.length);
      expect(encode(back)).toEqual(encoded);
    }), { numRuns: 500 });
  });

  it('of bytes is decoded or refused with an Error, never anything else', () => {
    const nasty = fc.array(fc.constantFrom('d', 'l', 'e', 'i', '1', '0', '-', ':', '9', 'a', '\xff'), { maxLength: 200 }).map(list => Buffer.from(list.join(''), 'latin1'));
    fc.assert(fc.property(fc.oneof(nasty, bytes), input => {
      let back: unknown;
      try {
        back = decode(input);
      } catch (error) {
        expect((error as Error).message).toMatch(/^Invalid bencode/);
        return;
      }
      if (back !== null) expect(encode(back as never).length).toBeGreaterThan(0);
    }), { numRuns: 3000 });
  });

  it('with very many elements or keys is decoded', () => {
    const many = Buffer.from(`l${'1:a'.repeat(400_000)}e`);
    expect(decode(many)).toHaveLength(400_000);
    const keys = Buffer.from(`d${Array.from({ length: 100_000 }, (_, i) => `8:${String(i).padStart(8, '0')}0:`).join('')}e`);
    expect(Object.keys(decodeBounded(keys, { strict: true }).value)).toHaveLength(100_000);
  });
});

describe('valueSpan', () => {
  it('finds the exact bytes of a value, sorted or not', () => {
    const text = 'd1:zi1e4:infod1:bi1e1:ai2eee';
    expect(valueSpan(Buffer.from(text), 'info')).toEqual({ start: text.indexOf('d1:b'), end: text.length - 1 });
    expect(valueSpan(Buffer.from(text), 'none')).toBeNull();
    expect(valueSpan(Buffer.from('i1e'), 'info')).toBeNull();
  });
});

describe('the package in the tree', () => {
  const require = createRequire(import.meta.url);

  it('is the only one: every library finds it', () => {
    const own = require.resolve('bencode');
    for (const library of ['bittorrent-protocol', 'ut_metadata', 'ut_pex', 'bittorrent-tracker', 'bittorrent-dht', 'k-rpc-socket', 'parse-torrent', 'create-torrent']) {
      const entry = createRequire(`${own.slice(0, own.indexOf('/main/metainfo/'))}/node_modules/${library}/package.json`);
      expect(entry.resolve('bencode'), library).toBe(own);
    }
    expect(Object.keys(require('bencode') as object)).toEqual(Object.keys(bencode));
  });
});
