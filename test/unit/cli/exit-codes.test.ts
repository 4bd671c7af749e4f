// What an error means for the end of the program.
import { describe, expect, it } from 'vitest';
import { ContractError, ErrorCode } from '../../../contract/index.ts';
import { CliError, describeError } from '../../../main/cli/exit-codes.ts';
import { UsageError } from '../../../main/headless/starter.ts';
import { MetainfoError } from '../../../main/metainfo/metainfo.ts';
import { PackageError } from '../../../main/package/package-error.ts';

describe('exit codes', () => {
  it('are from 1 to 100 for every error of the contract but an interruption', () => {
    for (const code of ErrorCode.options.filter((other) => other !== 'cancelled' && other !== 'stopped')) {
      const { exitCode } = describeError(new ContractError(code, 'x'));
      expect(exitCode).toBeGreaterThanOrEqual(1);
      expect(exitCode).toBeLessThanOrEqual(100);
    }
  });
  it.each([
    [new UsageError('x'), 2, 'usage'], [new MetainfoError('v2-only', 'x'), 3, 'v2-only'], [new ContractError('unreachable', 'x'), 4, 'unreachable'],
    [new ContractError('no-space', 'x'), 5, 'no-space'], [new CliError('in-use', 'x'), 6, 'in-use'], [new CliError('cancelled', 'x'), 130, 'cancelled'],
    [new PackageError('bad-signature', 'x'), 7, 'bad-signature'], [new PackageError('key-needed', 'x'), 8, 'key-needed'], [new PackageError('bad-key', 'x'), 3, 'bad-key'],
    [new Error('x'), 1, 'internal'], [Object.assign(new Error('x'), { code: 'ENOENT' }), 1, 'internal'], ['text', 1, 'internal'],
  ])('%s ends with %d', (error, exitCode, code) => expect(describeError(error)).toMatchObject({ exitCode, code }));
});
