// `flashswarm verify`: whether a package holds for a key, without any memory of what was seen before.
import { fingerprint } from '../package/fingerprint.ts';
import { openPackage } from '../package/open-package.ts';
import { encodePublicKey } from '../package/minisign-public-key.ts';
import { rfc3339 } from '../package/pack-manifest.ts';
import { parseOne } from './arguments.ts';
import { exitCodes, exitCodesHelp } from './exit-codes.ts';
import { formatBytes, printable } from './format.ts';
import { readPackageFile } from './input-file.ts';
import { fingerprintText, readPublicKey } from './key-files.ts';
import { openReport } from './report.ts';

export const verifyHelp = `Usage: flashswarm verify FILE.evpack [--key FILE.pub]

Checks the signature of a package and everything that it says, as a client does before it asks anybody. Nothing is
remembered: whether a version is older than one you have is not looked at.

  --key FILE          the publisher's public key, of minisign, signify or OpenSSL. Exit code 0 means: this key signed
                      exactly this package. Without it the key inside the package is used, which proves only that the
                      package is whole: it ends with exit code 8.
  --allow-private     the package may name hosts of a local network
  --json              one JSON line: {"type": "verified", "trusted", "id", "version", "publicKey", "fingerprint", ...}
  --help              this text

${exitCodesHelp}`;

const options = {
  'key': { type: 'string' }, 'allow-private': { type: 'boolean' }, 'json': { type: 'boolean' }, 'help': { type: 'boolean', short: 'h' },
} as const;

/** @returns the exit code */
export async function verifyCommand(args: string[]): Promise<number> {
  const report = openReport(args.includes('--json'));
  try {
    const { values, subject } = parseOne(args, options, 'FILE');
    if (values.help) {
      process.stdout.write(verifyHelp);
      return exitCodes.done;
    }
    const bytes = await readPackageFile(subject);
    const given = values.key === undefined ? null : await readPublicKey(values.key);
    const allowPrivate = values['allow-private'] ?? false;
    const opened = openPackage(bytes, given ? { key: given.key, allowPrivate } : { allowPrivate });
    const { id, title, version } = opened.manifest.package;
    const layers = opened.layers.map(({ layer }) => ({ id: layer.id, required: layer.required, files: layer.files.length, bytes: layer.files.reduce((sum, { length }) => sum + length, 0) }));
    const expired = opened.expiresAt !== null && opened.expiresAt < Date.now();
    const { hex, words } = fingerprint(opened.key);
    const trusted = given !== null;
    const text = [
      `${printable(title)}, version ${version} of ${id}, by ${printable(opened.manifest.publisher.name)}`,
      `Signed ${rfc3339(opened.issuedAt)}${opened.expiresAt === null ? '' : `, ${expired ? 'expired' : 'until'} ${rfc3339(opened.expiresAt)}`}`,
      ...layers.map((layer) => `${formatBytes(layer.bytes).padStart(10)}  ${layer.id}${layer.required ? ' (required)' : ''}`),
      fingerprintText(opened.key),
      trusted ? 'Holds for the key that you named.'
        : 'UNTRUSTED: it is whole, and signed with the key inside it, which anybody could have made. Compare the fingerprint, or name the publisher\'s key with --key.',
    ];
    report.say({
      type: 'verified', trusted, id, title, version, publisher: opened.manifest.publisher.name, publicKey: encodePublicKey(opened), fingerprint: hex, words,
      issued: rfc3339(opened.issuedAt), expires: opened.expiresAt === null ? null : rfc3339(opened.expiresAt), expired, digest: opened.digest, layers,
    }, text.join('\n'));
    return trusted ? exitCodes.done : exitCodes.untrusted;
  } catch (error) {
    return report.fail(error);
  }
}
