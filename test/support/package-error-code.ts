// What a test expects of code that refuses hostile input: an error for people, and nothing else.
import { expect } from 'vitest';
import { PackageError } from '../../main/package/package-error.ts';

/** The code of the PackageError that `run` ends with, whose message must be sentences; 'accepted' when it ends with none. Other errors are thrown on. */
export async function packageErrorCode(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    expect(error.message).toMatch(/^[A-Z][^]*[.]$/);
    return error.code;
  }
  return 'accepted';
}
