// `flashswarm rotate`: an old key says which one follows it.
import { resolve } from 'node:path';
import { UsageError } from '../headless/starter.ts';
import { makeSuccession } from '../package/key-statement.ts';
import { isPackageId } from '../package/manifest-schema.ts';
import { encodePublicKey } from '../package/minisign-public-key.ts';
import { needed, pair, parseNone } from './arguments.ts';
import { exitCodes, exitCodesHelp } from './exit-codes.ts';
import { fingerprintText, readPublicKey, readSecretKey } from './key-files.ts';
import { openReport } from './report.ts';
import { appendStatement } from './statement-file.ts';

export const rotateHelp = `Usage: flashswarm rotate --key OLD.key --new-key NEW.pub --out FILE.keys

Signs with the old key that the new one follows it. Whoever trusts the old key then trusts the new one without a
question. Put FILE.keys beside the package, at the address of the package with .keys behind it.

  --key FILE          the old secret key
  --new-key FILE      the new public key
  --version-mark ID=N the versions of this package start again after N, once: for a key that somebody used to publish
                      far too high a version (may be repeated)
  --out FILE          the statements; a new one is put at the end
  --json              one JSON line: {"type": "done", "file", "newKey", "statements"}
  --help              this text

${exitCodesHelp}`;

const options = {
  'key': { type: 'string' }, 'new-key': { type: 'string' }, 'version-mark': { type: 'string', multiple: true }, 'out': { type: 'string' },
  'json': { type: 'boolean' }, 'help': { type: 'boolean', short: 'h' },
} as const;

/** @returns the exit code */
export async function rotateCommand(args: string[]): Promise<number> {
  const report = openReport(args.includes('--json'));
  try {
    const values = parseNone(args, options);
    if (values.help) {
      process.stdout.write(rotateHelp);
      return exitCodes.done;
    }
    const [oldFile, newFile, file] = [needed(values.key, '--key'), needed(values['new-key'], '--new-key'), resolve(needed(values.out, '--out'))];
    const marks = versionMarks(values['version-mark'] ?? []);
    const newKey = await readPublicKey(newFile);
    const oldKey = await readSecretKey(oldFile);
    if (Buffer.from(oldKey.publicKey).equals(newKey.key)) throw new UsageError('--key and --new-key are the same key. A key cannot follow itself: make a new one with keygen.');
    const statement = makeSuccession(oldKey, newKey, { issuedAt: Date.now(), ...(Object.keys(marks).length > 0 ? { versionMarks: marks } : {}) });
    const statements = await appendStatement(file, statement);
    report.say(
      { type: 'done', file, newKey: encodePublicKey(newKey), versionMarks: marks, statements },
      `${file}  ${statements} ${statements === 1 ? 'statement' : 'statements'}\nThe new key:\n${fingerprintText(newKey.key)}`,
    );
    return exitCodes.done;
  } catch (error) {
    return report.fail(error);
  }
}

function versionMarks(texts: string[]): Record<string, number> {
  return Object.fromEntries(texts.map((text) => {
    const [id, version] = pair(text, '--version-mark', 'ID=N');
    if (!isPackageId(id) || !/^\d{1,15}$/.test(version)) throw new UsageError(`--version-mark wants a package's id and a version, as in com.example.game=12, not "${text}".`);
    return [id, Number(version)];
  }));
}
