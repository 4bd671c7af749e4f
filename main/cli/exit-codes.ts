// The exit codes of the command line, and the error that carries one.

export const exitCodes = { done: 0, failed: 1, usage: 2, badSource: 3, unreachable: 4, disk: 5, inUse: 6, refused: 7, untrusted: 8, notAccepted: 9, interrupted: 130, terminated: 143 } as const;

export const exitCodesHelp = `Exit codes:
  0    done; every byte is verified
  1    something went wrong inside
  2    the command line is not understood
  3    the source cannot be used: not a torrent or package, v2 only, unknown kind of link, no such file, not a key
  4    the source cannot be fetched: unreachable, too slow, refused
  5    the disk: no space, not writable, files missing or not complete
  6    another Flashswarm is using the data folder
  7    the package is refused: its signature does not hold, another key made it, its key was revoked, it is older than the one before
  8    the package holds for a key that nobody has vouched for
  9    the publisher's terms or regions were not accepted
  130  stopped with Ctrl-C (143: by a signal); what was verified is kept
`;

/** An end that was foreseen: a code for programs, a sentence for people. */
export class CliError extends Error {
  readonly code: string;
  /** Further fields for programs, and further lines for people. */
  readonly details: Record<string, unknown>;
  readonly explanation: string | null;
  constructor(code: string, message: string, { details = {}, explanation = null }: { details?: Record<string, unknown>; explanation?: string | null } = {}) {
    super(message);
    this.name = 'CliError';
    this.code = code;
    this.details = details;
    this.explanation = explanation;
  }
}

const exitOf: Record<string, number> = {
  'usage': exitCodes.usage, 'bad-request': exitCodes.usage,
  'not-a-torrent': exitCodes.badSource, 'v2-only': exitCodes.badSource, 'unsupported': exitCodes.badSource, 'bad-link': exitCodes.badSource,
  'unknown-scheme': exitCodes.badSource, 'bad-metadata': exitCodes.badSource, 'too-large': exitCodes.badSource, 'symlink': exitCodes.badSource,
  'empty': exitCodes.badSource, 'info-hash-mismatch': exitCodes.badSource, 'not-found': exitCodes.badSource, 'unreadable': exitCodes.badSource,
  'unreachable': exitCodes.unreachable, 'private-address': exitCodes.unreachable, 'timeout': exitCodes.unreachable, 'bad-status': exitCodes.unreachable,
  'refused': exitCodes.unreachable,
  'no-space': exitCodes.disk, 'not-writable': exitCodes.disk, 'incomplete': exitCodes.disk, 'files-missing': exitCodes.disk, 'file-changed': exitCodes.disk,
  'not-a-package': exitCodes.badSource, 'bad-package': exitCodes.badSource, 'bad-key': exitCodes.badSource, 'bad-password': exitCodes.badSource,
  'needs-newer-client': exitCodes.badSource,
  'bad-signature': exitCodes.refused, 'wrong-key': exitCodes.refused, 'key-revoked': exitCodes.refused, 'rollback': exitCodes.refused, 'expired': exitCodes.refused,
  'inconsistent': exitCodes.refused, 'key-needed': exitCodes.untrusted, 'not-trusted': exitCodes.untrusted, 'not-accepted': exitCodes.notAccepted,
  'in-use': exitCodes.inUse, 'cancelled': exitCodes.interrupted, 'stopped': exitCodes.interrupted, 'terminated': exitCodes.terminated,
};

/** What any thrown value means: for the program's end, for JSON and for people. */
export function describeError(error: unknown): { exitCode: number; code: string; message: string } {
  const message = error instanceof Error ? error.message.split('\n')[0]! : String(error);
  const named = error as { name?: string; code?: unknown } | null;
  const ours = ['CliError', 'ContractError', 'MetainfoError', 'PackageError'].includes(named?.name ?? '');
  if (named?.name === 'UsageError') return { exitCode: exitCodes.usage, code: 'usage', message };
  if (ours && typeof named?.code === 'string') return { exitCode: exitOf[named.code] ?? exitCodes.failed, code: named.code, message };
  return { exitCode: exitCodes.failed, code: 'internal', message };
}
