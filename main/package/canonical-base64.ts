// Base64 that has one spelling only: what a signature or key is written in must not be changeable without changing its meaning.

/** The bytes of standard, padded base64; null for anything else, other spellings of the same bytes (stray bits, missing padding, spaces) included. */
export function decodeCanonicalBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : null;
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
