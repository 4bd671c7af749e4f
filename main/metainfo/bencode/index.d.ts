// Types of the bounded bencode package.
export type BencodeInput =
  | string | number | bigint | boolean | null | undefined | ArrayBufferView | ArrayBuffer
  | readonly BencodeInput[] | ReadonlySet<unknown> | ReadonlyMap<unknown, unknown> | { readonly [key: string]: unknown };

export interface Limits {
  /** Bytes of input; 64 MiB unless told. */
  maxBytes: number;
  /** Lists and dictionaries inside one another; 64 unless told. */
  maxDepth: number;
  /** Values of any kind; 2,000,000 unless told. */
  maxElements: number;
  /** Refuse bytes after the value, and a key that comes twice in one dictionary. */
  strict?: boolean;
}

export interface Decode {
  /**
   * Decodes the first value in `data`; empty input gives null. Strings come back as Buffers, or as text when an encoding
   * is given. Bytes after the value are ignored, as bencode 2 and 4 did. Throws Error on anything malformed.
   */
  (data: ArrayBufferView | ArrayBuffer | string | null | undefined, start?: number | string, end?: number | string,
    encoding?: string): any;
  /** Bytes given to the last call. */
  bytes: number;
  /** Bytes that the last value took. */
  position: number;
}

export interface Encode {
  /** Encodes a value, keys sorted by their bytes, null and undefined left out. With a buffer, writes into it at offset. */
  (data: BencodeInput | object, buffer?: Uint8Array, offset?: number): Buffer;
  /** Bytes that the last call made. */
  bytes: number;
}

export const decode: Decode;
export const encode: Encode;
/** As decode, with limits of one's own; says how many bytes the value took. */
export function decodeBounded(data: ArrayBufferView | ArrayBuffer | string, limits?: Partial<Limits>):
  { value: any; bytesRead: number };
/** Bytes that encode would make. */
export function encodingLength(value: BencodeInput | object): number;
export const byteLength: typeof encodingLength;
/** Where the value of a key of the outermost dictionary lies in `data`, or null. */
export function valueSpan(data: ArrayBufferView, key: string, limits?: Partial<Limits>):
  { start: number; end: number } | null;
export const DEFAULT_LIMITS: Readonly<Limits>;

declare const bencode: {
  decode: Decode; encode: Encode; decodeBounded: typeof decodeBounded; encodingLength: typeof encodingLength;
  byteLength: typeof encodingLength; valueSpan: typeof valueSpan; DEFAULT_LIMITS: Readonly<Limits>;
};
export default bencode;
