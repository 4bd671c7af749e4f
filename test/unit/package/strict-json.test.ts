// JSON from strangers: read as JSON.parse reads it, or refused with the place.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PackageError } from '../../../main/package/package-error.ts';
import { parseStrictJson } from '../../../main/package/strict-json.ts';

const parse = (text: string, limits?: Parameters<typeof parseStrictJson>[1]) => parseStrictJson(Buffer.from(text), limits);

function refusal(read: () => unknown): PackageError {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(PackageError);
    return error as PackageError;
  }
  throw new Error('It was accepted.');
}

describe('parseStrictJson', () => {
  test('reads whatever JSON writes, however it is spaced', () => {
    fc.assert(fc.property(fc.jsonValue({ noUnicodeString: false }), fc.constantFrom(0, 1, 4), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      if (/\\ud[89a-f]|-0\b|\d{16}|e\+|__proto__/i.test(text)) return; // refused or left out on purpose, see below
      expect(parse(text)).toEqual(JSON.parse(text));
    }), { numRuns: 500 });
  });

  test('never takes a text that JSON.parse refuses, and throws nothing but PackageError', () => {
    const pieces = fc.array(fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', 'a', '"a"', '"b":', '1', '-', '0', '.5', 'e9', 'null', ' ', '\n', '\\u', 'd800', '\u0001'), { maxLength: 30 });
    fc.assert(fc.property(pieces, (parts) => {
      const text = parts.join('');
      let value: unknown;
      try {
        value = parse(text);
      } catch (error) {
        expect(error).toBeInstanceOf(PackageError);
        return;
      }
      expect(value).toEqual(JSON.parse(text));
    }), { numRuns: 3000 });
  });

  test.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"layers":[{},{"id":1,"x":{"y":0},"id":2}]}', 'layers[1].id'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"":1,"":2}', null],
  ])('refuses the same name twice, and says where: %s', (text, where) => {
    const error = refusal(() => parse(text));
    expect(error.message).toContain('twice');
    expect(error.where).toBe(where);
  });

  test('takes the same name in two objects, and as a text', () => {
    expect(parse('{"a":{"a":["a","a",{"a":"a"}]},"b":{"a":1}}')).toEqual({ a: { a: ['a', 'a', { a: 'a' }] }, b: { a: 1 } });
  });

  test.each(['9007199254740993', '-9007199254740992', '1e400', '-0', '123456789012345678901234567890', '9007199254740992.0'])('refuses the number %s, which would change', (number) => {
    expect(refusal(() => parse(`{"layers":[0,{"length":${number}}]}`))).toMatchObject({ code: 'bad-package', where: 'layers[1].length' });
  });

  test('takes the greatest and smallest whole numbers, and fractions', () => {
    expect(parse('[9007199254740991,-9007199254740991,0.5,1e3,0]')).toEqual([9007199254740991, -9007199254740991, 0.5, 1000, 0]);
  });

  test('leaves names out that could change what every object is', () => {
    const value = parse('{"a":{"__proto__":{"admin":true},"constructor":1},"__proto__":{"b":1}}') as { a: object };
    expect(Object.keys(value)).toEqual(['a']);
    expect(Object.keys(value.a)).toEqual(['constructor']);
    expect(Object.assign({}, value)).not.toHaveProperty('b');
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  test('refuses what is no UTF-8, a byte order mark, and half characters', () => {
    expect(refusal(() => parseStrictJson(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).message).toContain('UTF-8');
    expect(refusal(() => parseStrictJson(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).message).toContain('UTF-8');
    expect(refusal(() => parse('\ufeff{}')).message).toContain('byte order mark');
    expect(refusal(() => parse('{"a":["\\ud83d"]}'))).toMatchObject({ where: 'a[0]' });
    expect(parse('"\\ud83d\\ude00"')).toBe('😀');
  });

  test('refuses what passes a limit before it is built', () => {
    const limits = { maxBytes: 1000, maxDepth: 3, maxElements: 20 };
    expect(parse('[[[]]]', limits)).toEqual([[[]]]);
    expect(refusal(() => parse('[[[[]]]]', limits)).message).toContain('too deep');
    expect(refusal(() => parse(`[${'0,'.repeat(30)}0]`, limits)).message).toContain('more values');
    expect(refusal(() => parse(`"${'x'.repeat(1000)}"`, limits)).code).toBe('too-large');
    expect(refusal(() => parse('['.repeat(4_000_000))).message).toContain('too deep');
  });

  test('does no more work for backslashes, quotes and long texts than for others', () => {
    const start = process.cpuUsage();
    const half = '\\'.repeat(4_000_000);
    expect(parse(`"${half}"`)).toHaveLength(2_000_000);
    expect(parse(`"${'\\"'.repeat(2_000_000)}"`)).toHaveLength(2_000_000);
    expect(() => parse('"'.repeat(1_000_001))).toThrow(PackageError);
    expect(() => parse(`[${Array(2000).fill(`"${'x'.repeat(4000)}"`).join(',')}`)).toThrow(PackageError);
    // generous: quadratic work would take minutes
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(10_000);
  });
});
