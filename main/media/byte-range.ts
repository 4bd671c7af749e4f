// Which bytes of a file a request with a Range header asks for (RFC 9110, sections 13.1.5 and 14).

/** Both ends belong to it. */
export interface ByteRange { start: number; end: number }

/** `whole`: as though there was no range; `unsatisfiable`: status 416. */
export type AskedRange = { kind: 'whole' } | ({ kind: 'part' } & ByteRange) | { kind: 'unsatisfiable' };

const whole: AskedRange = { kind: 'whole' };
const maxCharacters = 100; // one range takes far less

/**
 * Reads a Range header. Only one range at a time is served; several, other units and what cannot be read are passed over,
 * which RFC 9110 allows: the answer is then the whole file.
 * @param header as it came, absent when null
 * @param size of the file in bytes
 */
export function parseRange(header: string | null | undefined, size: number): AskedRange {
  if (header === null || header === undefined || header.length > maxCharacters) return whole;
  const match = /^bytes[ \t]*=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header);
  if (!match) return whole;
  const [, first, last] = match as unknown as [string, string, string];
  if (first === '') {
    if (last === '') return whole;
    const suffix = Number(last);
    if (suffix === 0) return { kind: 'unsatisfiable' };
    // The last bytes of nothing are nothing, and no range can say so.
    return size === 0 ? whole : { kind: 'part', start: Math.max(0, size - suffix), end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? Infinity : Number(last);
  if (end < start) return whole;
  if (start >= size) return { kind: 'unsatisfiable' };
  return { kind: 'part', start, end: Math.min(end, size - 1) };
}

/** The same, unless an If-Range header says that the range belongs to a file that is another by now. Only a strong tag can say that it is not. */
export function rangeOf(range: string | null | undefined, ifRange: string | null | undefined, file: { size: number; etag: string }): AskedRange {
  if (ifRange !== null && ifRange !== undefined && ifRange.trim() !== file.etag) return whole;
  return parseRange(range, file.size);
}
