// Passwords of secret keys as bytes.
import { PackageError } from './package-error.ts';

/** What minisign and signify read from a terminal. */
const maxBytes = 1023;

/** UTF-8. @throws PackageError `bad-password` for what stock tools could not be given */
export function passwordBytes(password: string): Uint8Array {
  const bytes = Buffer.from(password, 'utf8');
  if (bytes.length > maxBytes) throw new PackageError('bad-password', `The password is too long: at most ${maxBytes} bytes are possible.`);
  // oxlint-disable-next-line no-control-regex -- no terminal can hand these over
  if (/[\u0000\n\r]/.test(password)) throw new PackageError('bad-password', 'The password holds a line end or a NUL, which no terminal could give. Choose another.');
  return bytes;
}
