// Bounded bencode (BEP 3): linear time, every length checked against the input before anything is allocated.
'use strict';

const { Buffer, isUtf8 } = require('node:buffer');

/** What decode refuses to go beyond. Every limit can be lowered or raised per call in decodeBounded. */
const DEFAULT_LIMITS = Object.freeze({ maxBytes: 64 * 1024 * 1024, maxDepth: 64, maxElements: 2_000_000 });

const COLON = 0x3a;
const DICT = 0x64;
const END = 0x65;
const INTEGER = 0x69;
const LIST = 0x6c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

// The key under which a dictionary keeps entries that may not become ordinary properties: see `setEntry`.
const ASIDE = Symbol('bencode.aside');
// The key under which a dictionary keeps the bytes of keys that are not UTF-8 (a scrape's info hashes).
const RAW_KEYS = Symbol('bencode.rawKeys');

class Reader {
  constructor(data, limits, encoding) {
    this.data = data;
    this.position = 0;
    this.spanStart = 0;
    this.encoding = encoding;
    this.maxDepth = limits.maxDepth;
    this.elementsLeft = limits.maxElements;
    this.strict = Boolean(limits.strict);
  }

  fail(what) {
    throw new Error(`Invalid bencode at byte ${this.position}: ${what}`);
  }

  value(depth) {
    if (--this.elementsLeft < 0) this.fail('too many elements');
    const type = this.data[this.position];
    if (type === undefined) this.fail('unexpected end of data');
    if (type >= ZERO && type <= NINE) return this.encoding ? this.bytes().toString(this.encoding) : this.bytes();
    if (type === INTEGER) return this.integer();
    if (type !== DICT && type !== LIST) this.fail('no value starts with this byte');
    if (depth >= this.maxDepth) this.fail('nested too deep');
    return type === DICT ? this.dictionary(depth + 1) : this.list(depth + 1);
  }

  integer() {
    const { data } = this;
    let position = this.position + 1;
    const negative = data[position] === MINUS;
    if (negative) position++;
    const first = position;
    let value = 0;
    for (; data[position] >= ZERO && data[position] <= NINE; position++) {
      if (position - first >= 16) this.fail('integer too large');
      value = value * 10 + (data[position] - ZERO);
    }
    if (position === first || data[position] !== END) this.fail('not an integer');
    if (data[first] === ZERO && (position - first > 1 || negative)) this.fail('integer with a leading zero');
    if (value > Number.MAX_SAFE_INTEGER) this.fail('integer too large');
    this.position = position + 1;
    return negative ? -value : value;
  }

  bytes() {
    const end = this.span();
    return this.data.subarray(this.spanStart, end);
  }

  /** Steps over a string: from `spanStart` to what is returned. */
  span() {
    const { data } = this;
    const first = this.position;
    let position = first;
    let length = 0;
    for (; data[position] >= ZERO && data[position] <= NINE; position++) {
      if (position - first >= 10) this.fail('string length too large');
      length = length * 10 + (data[position] - ZERO);
    }
    if (position === first || data[position] !== COLON) this.fail('not a string length');
    if (data[first] === ZERO && position - first > 1) this.fail('string length with a leading zero');
    const start = position + 1;
    if (length > data.length - start) this.fail('string longer than the data');
    this.spanStart = start;
    this.position = start + length;
    return this.position;
  }

  /** As value, but keeps nothing of it. */
  skip(depth) {
    if (--this.elementsLeft < 0) this.fail('too many elements');
    const type = this.data[this.position];
    if (type === undefined) this.fail('unexpected end of data');
    if (type >= ZERO && type <= NINE) return void this.span();
    if (type === INTEGER) return void this.integer();
    if (type !== DICT && type !== LIST) this.fail('no value starts with this byte');
    if (depth >= this.maxDepth) this.fail('nested too deep');
    this.position++;
    while (this.data[this.position] !== END) {
      if (type === DICT) {
        if (this.position >= this.data.length) this.fail('unexpected end of data');
        this.span();
      }
      this.skip(depth + 1);
    }
    this.position++;
  }

  list(depth) {
    this.position++;
    const values = [];
    while (this.data[this.position] !== END) values.push(this.value(depth));
    this.position++;
    return values;
  }

  dictionary(depth) {
    this.position++;
    const dictionary = {};
    while (this.data[this.position] !== END) {
      if (this.position >= this.data.length) this.fail('unexpected end of data');
      const end = this.span();
      const start = this.spanStart;
      let name;
      let key = null;
      if (isAscii(this.data, start, end)) name = this.data.toString('latin1', start, end);
      else {
        key = this.data.subarray(start, end);
        const text = isUtf8(key);
        name = key.toString(text ? 'utf8' : 'hex');
        if (text) key = null;
      }
      if (this.strict && hasEntry(dictionary, name)) this.fail('the same key twice');
      if (key) side(dictionary, RAW_KEYS).set(name, key);
      setEntry(dictionary, name, this.value(depth));
    }
    this.position++;
    return dictionary;
  }
}

// Short keys alone: they are nearly all there are.
function isAscii(data, start, end) {
  if (end - start > 32) return false;
  for (let at = start; at < end; at++) if (data[at] >= 0x80) return false;
  return true;
}

/**
 * A key that means something to every object (`__proto__`, `toString`, `constructor`, ...) never becomes a property:
 * callers call `.toString()` on what they were sent. Such entries are kept aside, so that encode gives them back.
 */
function setEntry(dictionary, name, value) {
  if (name in Object.prototype) side(dictionary, ASIDE).set(name, value);
  else dictionary[name] = value;
}

function hasEntry(dictionary, name) {
  return Object.hasOwn(dictionary, name) || Boolean(dictionary[ASIDE]?.has(name));
}

function side(dictionary, symbol) {
  if (!dictionary[symbol]) Object.defineProperty(dictionary, symbol, { value: new Map(), enumerable: false });
  return dictionary[symbol];
}

// Always a copy: callers may reuse their receive buffer while what was decoded from it lives on.
function toBytes(data, start, end) {
  if (typeof data === 'string') return Buffer.from(data, 'utf8').subarray(start, end);
  let view;
  if (ArrayBuffer.isView(data)) view = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  else if (data instanceof ArrayBuffer) view = new Uint8Array(data);
  else throw new Error('Invalid bencode: the data is neither bytes nor text');
  view = view.subarray(start, end);
  const copy = Buffer.allocUnsafeSlow(view.length);
  copy.set(view);
  return copy;
}

function read(data, limits, encoding) {
  if (data.length > limits.maxBytes) throw new Error(`Invalid bencode: more than ${limits.maxBytes} bytes`);
  const reader = new Reader(data, limits, encoding);
  const value = reader.value(0);
  return { value, bytesRead: reader.position };
}

function decode(data, start, end, encoding) {
  if (data === undefined || data === null || data.length === 0) return null;
  if (typeof start !== 'number' && encoding === undefined) {
    encoding = start;
    start = undefined;
  }
  if (typeof end !== 'number' && (encoding === undefined || encoding === null)) {
    encoding = end;
    end = undefined;
  }
  const bytes = toBytes(data, start ?? undefined, end ?? undefined);
  decode.bytes = bytes.length;
  decode.position = 0;
  const { value, bytesRead } = read(bytes, DEFAULT_LIMITS, encoding || null);
  decode.position = bytesRead;
  return value;
}
decode.bytes = 0;
decode.position = 0;

function decodeBounded(data, limits) {
  const bounds = { ...DEFAULT_LIMITS, ...limits };
  const size = typeof data === 'string' ? data.length : data.byteLength;
  if (size > bounds.maxBytes) throw new Error(`Invalid bencode: more than ${bounds.maxBytes} bytes`);
  const bytes = toBytes(data);
  const result = read(bytes, bounds, null);
  if (bounds.strict && result.bytesRead !== bytes.length) throw new Error('Invalid bencode: data after the end');
  return result;
}

function valueSpan(data, key, limits) {
  const bounds = { ...DEFAULT_LIMITS, ...limits };
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.length > bounds.maxBytes) throw new Error(`Invalid bencode: more than ${bounds.maxBytes} bytes`);
  if (bytes[0] !== DICT) return null;
  const wanted = Buffer.from(key, 'utf8');
  const reader = new Reader(bytes, bounds, null);
  reader.position = 1;
  while (bytes[reader.position] !== END) {
    if (reader.position >= bytes.length) reader.fail('unexpected end of data');
    const name = reader.bytes();
    const start = reader.position;
    reader.skip(1);
    if (name.equals(wanted)) return { start, end: reader.position };
  }
  return null;
}

function encodeText(chunks, text) {
  const bytes = Buffer.from(text, 'utf8');
  chunks.push(Buffer.from(`${bytes.length}:`), bytes);
}

function encodeBytes(chunks, bytes) {
  chunks.push(Buffer.from(`${bytes.length}:`), bytes);
}

function encodeNumber(chunks, value) {
  if (!Number.isFinite(value)) throw new Error(`Cannot bencode the number ${value}`);
  const whole = Math.trunc(value);
  chunks.push(Buffer.from(`i${BigInt(whole)}e`));
}

function encodeEntries(chunks, entries, depth) {
  const present = entries.filter(([, value]) => value !== undefined && value !== null);
  present.sort((a, b) => Buffer.compare(a[0], b[0]));
  chunks.push(Buffer.from('d'));
  for (const [key, value] of present) {
    encodeBytes(chunks, key);
    encodeValue(chunks, value, depth + 1);
  }
  chunks.push(Buffer.from('e'));
}

function objectEntries(value) {
  const rawKeys = value[RAW_KEYS];
  const entries = Object.keys(value).map(name => [rawKeys?.get(name) ?? Buffer.from(name, 'utf8'), value[name]]);
  if (value[ASIDE]) for (const [name, kept] of value[ASIDE]) entries.push([Buffer.from(name, 'utf8'), kept]);
  return entries;
}

function mapEntries(map) {
  return Array.from(map, ([key, value]) => [ArrayBuffer.isView(key) ? viewBytes(key) : Buffer.from(String(key)), value]);
}

function viewBytes(view) {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

function encodeValue(chunks, value, depth) {
  if (value === undefined || value === null) return;
  if (depth > DEFAULT_LIMITS.maxDepth) throw new Error('Cannot bencode a value nested this deep');
  if (typeof value === 'string') encodeText(chunks, value);
  else if (typeof value === 'number') encodeNumber(chunks, value);
  else if (typeof value === 'boolean') encodeNumber(chunks, value ? 1 : 0);
  else if (typeof value === 'bigint') chunks.push(Buffer.from(`i${value}e`));
  else if (ArrayBuffer.isView(value)) encodeBytes(chunks, viewBytes(value));
  else if (value instanceof ArrayBuffer) encodeBytes(chunks, Buffer.from(value));
  else if (Array.isArray(value) || value instanceof Set) {
    chunks.push(Buffer.from('l'));
    for (const item of value) encodeValue(chunks, item, depth + 1);
    chunks.push(Buffer.from('e'));
  } else if (value instanceof Map) encodeEntries(chunks, mapEntries(value), depth);
  else if (typeof value === 'object') encodeEntries(chunks, objectEntries(value), depth);
  else throw new Error(`Cannot bencode a ${typeof value}`);
}

function encode(data, buffer, offset) {
  const chunks = [];
  encodeValue(chunks, data, 0);
  const result = Buffer.concat(chunks);
  encode.bytes = result.length;
  if (!ArrayBuffer.isView(buffer)) return result;
  buffer.set(result, offset ?? 0);
  return buffer;
}
encode.bytes = -1;

function encodingLength(value) {
  const chunks = [];
  encodeValue(chunks, value, 0);
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

module.exports = {
  decode, decodeBounded, encode, encodingLength, byteLength: encodingLength, valueSpan, DEFAULT_LIMITS,
};
