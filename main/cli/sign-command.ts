// `flashswarm sign`: makes a package from a manifest and a key.
import { resolve } from 'node:path';
import { MAX_PACKAGE_BYTES, openPackage, readHeader } from '../package/open-package.ts';
import { signPackage } from '../package/sign-package.ts';
import { needed, parseOne } from './arguments.ts';
import { exitCodes, exitCodesHelp } from './exit-codes.ts';
import { printable } from './format.ts';
import { readPackageFile } from './input-file.ts';
import { fingerprintText, readSecretKey } from './key-files.ts';
import { checkTarget, writeWhole } from './output-file.ts';
import { openReport } from './report.ts';

export const signHelp = `Usage: flashswarm sign MANIFEST --key FILE --out FILE.evpack

Signs a manifest, as \`pack --unsigned\` writes it, and checks the package as clients will. A package that is signed
already gets a new signature.

  --key FILE          the secret key: of minisign, signify or OpenSSL
  --out FILE          the package
  --allow-private     the package may name hosts of a local network
  --json              one JSON line: {"type": "done", "file", "id", "version", ...}
  --help              this text

Stock minisign does the same. The trusted comment carries the public key (the second line of the .pub file), so that
people need no key file for their first look:

  minisign -S -s key -m manifest.json -t "timestamp:$(date +%s) key=$(tail -n 1 key.pub)"
  cat manifest.json.minisig manifest.json > event.evpack

and takes a package apart again: head -n 4 event.evpack > m.minisig; tail -n +5 event.evpack > m; minisign -V -p key.pub -x m.minisig -m m

${exitCodesHelp}`;

const options = {
  'key': { type: 'string' }, 'out': { type: 'string' }, 'allow-private': { type: 'boolean' }, 'json': { type: 'boolean' }, 'help': { type: 'boolean', short: 'h' },
} as const;

/** @returns the exit code */
export async function signCommand(args: string[]): Promise<number> {
  const report = openReport(args.includes('--json'));
  try {
    const { values, subject } = parseOne(args, options, 'MANIFEST');
    if (values.help) {
      process.stdout.write(signHelp);
      return exitCodes.done;
    }
    const keyFile = needed(values.key, '--key');
    const file = resolve(needed(values.out, '--out'));
    const given = await readPackageFile(subject);
    await checkPackageTarget(file);
    const key = await readSecretKey(keyFile);
    const manifest = Buffer.from(given.subarray(0, 1)).toString() === '{' ? given : readHeader(given).manifestBytes;
    const bytes = signPackage(manifest, key);
    const opened = openPackage(bytes, { key: key.publicKey, allowPrivate: values['allow-private'] ?? false });
    await writeWhole(file, bytes);
    const { id, title, version } = opened.manifest.package;
    report.say({ type: 'done', file, id, title, version, layers: opened.layers.length }, `${file}\n${printable(title)}, version ${version} of ${id}\n${fingerprintText(key.publicKey)}`);
    return exitCodes.done;
  } catch (error) {
    return report.fail(error);
  }
}

/** An older package may be replaced. @throws {CliError} `not-writable` */
export function checkPackageTarget(file: string): Promise<void> {
  return checkTarget(file, 'package', MAX_PACKAGE_BYTES, (bytes) => (
    /^\{\s*"format": *"evpack\//.test(Buffer.from(bytes.subarray(0, 64)).toString('latin1')) || Boolean(readHeader(bytes))
  ));
}
