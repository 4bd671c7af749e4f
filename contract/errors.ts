// Errors as they cross every boundary: a code for programs and a sentence for people.
import * as z from 'zod';

export const ErrorCode = z.enum([
  'bad-request', 'not-found', 'not-a-torrent', 'v2-only', 'unsupported', 'bad-link', 'unknown-scheme', 'unreachable', 'private-address',
  'too-large', 'timeout', 'bad-status', 'refused', 'no-space', 'not-writable', 'not-here', 'already-moving', 'core-down', 'forbidden', 'cancelled', 'internal',
  // event packages, keys and signatures
  'not-a-package', 'bad-package', 'bad-signature', 'bad-key', 'bad-password', 'key-needed', 'wrong-key', 'key-revoked', 'rollback', 'expired',
  'needs-newer-client', 'inconsistent', 'not-trusted', 'not-accepted', 'unreadable', 'stopped',
]);
export type ErrorCode = z.infer<typeof ErrorCode>;

export const Failure = z.object({ code: ErrorCode, message: z.string() });
export type Failure = z.infer<typeof Failure>;

/** An error meant for the one who asked. Anything else thrown is a fault of ours and crosses as `internal`. */
export class ContractError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = 'ContractError';
    this.code = code;
  }
}

/** What any thrown value looks like at a boundary; unknown errors keep their text out of the answer but for the first line. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Error) {
    const code = ErrorCode.safeParse((error as { code?: unknown }).code);
    if (code.success) return { code: code.data, message: error.message };
    return { code: 'internal', message: `Something went wrong inside Flashswarm: ${error.message.split('\n')[0]}` };
  }
  return { code: 'internal', message: 'Something went wrong inside Flashswarm.' };
}
