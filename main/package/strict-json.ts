// Reads JSON from strangers: one meaning only, and bounded before anything is built from it.
import { PackageError } from './package-error.ts';
import { quotable } from './shown-text.ts';

export interface JsonLimits {
  maxBytes: number;
  /** Lists and objects inside one another. */
  maxDepth: number;
  /** Values of any kind, and names. */
  maxElements: number;
}

export const MANIFEST_JSON_LIMITS: Readonly<JsonLimits> = { maxBytes: 8 * 1024 * 1024, maxDepth: 32, maxElements: 1_500_000 };

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const NUMBER = /-?\d[\d.eE+-]*/y;

/**
 * The value of a JSON text (RFC 8259) in UTF-8 without a byte order mark. Refused, with PackageError `bad-package` and the path of the place
 * ("layers[1].files"): a name that comes twice in one object, whole numbers beyond 2^53 and -0, half characters (lone surrogates), and
 * whatever passes the limits. A name `__proto__` is left out of the answer.
 */
export function parseStrictJson(bytes: Uint8Array, limits: JsonLimits = MANIFEST_JSON_LIMITS): unknown {
  if (bytes.byteLength > limits.maxBytes) throw refusal(`It is longer than ${limits.maxBytes.toLocaleString('en')} bytes`, null, 'too-large');
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (cause) {
    throw refusal('It is not written in UTF-8', null, 'bad-package', cause);
  }
  if (text.startsWith('\ufeff')) throw refusal('It starts with a byte order mark, which JSON does not allow', null);
  const hasProto = new Scan(text, limits).run();
  try {
    return JSON.parse(text, hasProto ? (name, value: unknown) => (name === '__proto__' ? undefined : value) : undefined);
  } catch (cause) {
    throw refusal('It is not valid JSON', null, 'bad-package', cause);
  }
}

interface Frame {
  /** The names so far; null in a list. */
  names: Set<string> | null;
  /** Where the scan is: the name last seen, or the index. */
  at: string | number;
  nameNext: boolean;
}

// One pass before JSON.parse, which alone says whether the text is valid: on text that is not, this pass may see anything, but it ends.
class Scan {
  readonly #text: string;
  readonly #limits: JsonLimits;
  readonly #frames: Frame[] = [];
  #elements = 0;
  #hasProto = false;

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  /** @returns whether a name `__proto__` occurs */
  run(): boolean {
    const text = this.#text;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === 0x22) at = this.#string(at);
      else if (code === 0x7b || code === 0x5b) this.#open(code === 0x7b);
      else if (code === 0x7d || code === 0x5d) this.#frames.pop();
      else if (code === 0x2c) this.#comma();
      else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) at = this.#number(at);
    }
    return this.#hasProto;
  }

  /** @returns the index of the closing quote */
  #string(start: number): number {
    const text = this.#text;
    let end = text.indexOf('"', start + 1);
    while (end !== -1 && isEscaped(text, start, end)) end = text.indexOf('"', end + 1);
    if (end === -1) throw refusal('It is not valid JSON: a text in it never ends', this.#where());
    const frame = this.#frames.at(-1);
    const isName = frame?.names != null && frame.nameNext;
    this.#count();
    const raw = text.slice(start + 1, end); // a view, not a copy
    const value = raw.includes('\\') ? this.#unescaped(start, end) : raw;
    if (!isName) return end;
    const name = value;
    frame.nameNext = false;
    if (frame.names!.has(name)) throw refusal(`The name "${quotable(name)}" comes twice in one object, so that two programs may read two different packages`, this.#where(name));
    frame.names!.add(name);
    frame.at = name;
    if (name === '__proto__') this.#hasProto = true;
    return end;
  }

  #unescaped(start: number, end: number): string {
    let value: string;
    try {
      value = JSON.parse(this.#text.slice(start, end + 1)) as string;
    } catch (cause) {
      throw refusal('It is not valid JSON', this.#where(), 'bad-package', cause);
    }
    if (/\p{Surrogate}/u.test(value)) throw refusal('A text in it holds half a character', this.#where());
    return value;
  }

  #number(start: number): number {
    NUMBER.lastIndex = start;
    const token = NUMBER.exec(this.#text)?.[0] ?? '-';
    const value = Number(token);
    if (!Number.isFinite(value) || Object.is(value, -0) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
      throw refusal(`The number ${quotable(token)} cannot be read without a loss`, this.#where());
    }
    return start + token.length - 1;
  }

  #open(isObject: boolean): void {
    this.#count();
    if (this.#frames.length >= this.#limits.maxDepth) throw refusal('It is nested too deep', this.#where());
    this.#frames.push({ names: isObject ? new Set() : null, at: isObject ? '' : 0, nameNext: isObject });
  }

  #comma(): void {
    this.#count();
    const frame = this.#frames.at(-1);
    if (!frame) return;
    if (frame.names) frame.nameNext = true;
    else frame.at = (frame.at as number) + 1;
  }

  #count(): void {
    this.#elements += 1;
    if (this.#elements > this.#limits.maxElements) throw refusal('It holds more values than any real package', this.#where());
  }

  #where(name?: string): string | null {
    const path = this.#frames.slice(0, name === undefined ? undefined : -1).map(({ at }) => (typeof at === 'number' ? `[${at}]` : `.${quotable(at)}`)).join('');
    const whole = name === undefined ? path : `${path}.${quotable(name)}`;
    return whole === '' ? null : whole.replace(/^\./, '').replace(/\.$/, '');
  }
}

function isEscaped(text: string, start: number, quote: number): boolean {
  let backslashes = 0;
  while (quote - 1 - backslashes > start && text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes += 1;
  return backslashes % 2 === 1;
}

function refusal(problem: string, where: string | null, code: 'bad-package' | 'too-large' = 'bad-package', cause?: unknown): PackageError {
  return new PackageError(code, `What this file says cannot be read safely. ${problem}. Ask the publisher for a corrected file.`, { ...(where ? { where } : {}), cause });
}
