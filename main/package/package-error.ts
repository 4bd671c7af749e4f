// What can be wrong with an event package, a key or a signature, as a code for programs and a sentence for people.

export type PackageErrorCode =
  | 'not-a-package' // not the four lines and a manifest
  | 'bad-signature' // does not hold: damaged or tampered with
  | 'bad-key' // a key that cannot be read, or one that must not be used
  | 'bad-password'
  | 'bad-package' // signed, and wrong all the same: names, lengths, torrents, fields
  | 'key-needed' // carries no key: a .pub file is needed
  | 'needs-newer-client'
  | 'too-large'
  | 'unreadable'
  | 'stopped';

export class PackageError extends Error {
  readonly code: PackageErrorCode;
  /** The check that failed, for the second level and for tests ("layers[1].files[3].path"). */
  readonly where: string | null;
  constructor(code: PackageErrorCode, message: string, options: { where?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'PackageError';
    this.code = code;
    this.where = options.where ?? null;
  }
}
