// `flashswarm revoke`: a key says that it is not to be trusted any more.
import { resolve } from 'node:path';
import { makeRevocation } from '../package/key-statement.ts';
import { needed, parseNone } from './arguments.ts';
import { exitCodes, exitCodesHelp } from './exit-codes.ts';
import { fingerprintText, readSecretKey } from './key-files.ts';
import { openReport } from './report.ts';
import { appendStatement } from './statement-file.ts';

export const revokeHelp = `Usage: flashswarm revoke --key FILE.key [--reason TEXT] --out FILE.keys

Signs with a key that this key is revoked. Every client that sees the statement refuses the key's packages from then
on, for ever. Make one in advance and keep it apart, for the day when the secret key is lost.

  --key FILE          the secret key
  --reason TEXT       shown to people
  --out FILE          the statements; a new one is put at the end
  --json              one JSON line: {"type": "done", "file", "statements"}
  --help              this text

${exitCodesHelp}`;

const options = {
  'key': { type: 'string' }, 'reason': { type: 'string' }, 'out': { type: 'string' }, 'json': { type: 'boolean' }, 'help': { type: 'boolean', short: 'h' },
} as const;

/** @returns the exit code */
export async function revokeCommand(args: string[]): Promise<number> {
  const report = openReport(args.includes('--json'));
  try {
    const values = parseNone(args, options);
    if (values.help) {
      process.stdout.write(revokeHelp);
      return exitCodes.done;
    }
    const [keyFile, file] = [needed(values.key, '--key'), resolve(needed(values.out, '--out'))];
    const key = await readSecretKey(keyFile);
    const statement = makeRevocation(key, { issuedAt: Date.now(), ...(values.reason === undefined ? {} : { reason: values.reason }) });
    const statements = await appendStatement(file, statement);
    report.say(
      { type: 'done', file, statements },
      `${file}  ${statements} ${statements === 1 ? 'statement' : 'statements'}\nRevoked as soon as people see it:\n${fingerprintText(key.publicKey)}`,
    );
    return exitCodes.done;
  } catch (error) {
    return report.fail(error);
  }
}
