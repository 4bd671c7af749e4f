// The error that everything about torrents and magnet links throws: a code for programs, a sentence for people.

export type MetainfoErrorCode =
  | 'not-a-torrent'
  | 'bad-metadata'
  | 'too-large'
  | 'v2-only'
  | 'symlink'
  | 'empty'
  | 'info-hash-mismatch'
  | 'bad-link'
  | 'unreadable'
  | 'file-changed'
  | 'stopped';

export class MetainfoError extends Error {
  readonly code: MetainfoErrorCode;

  constructor(code: MetainfoErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MetainfoError';
    this.code = code;
  }
}

/** The one sentence for torrents that have nothing but the v2 format (BEP 52). */
export function v2OnlyError(): MetainfoError {
  return new MetainfoError(
    'v2-only',
    'This torrent uses only the new v2 format, which Flashswarm cannot download yet. Ask for a hybrid or v1 torrent.',
  );
}
