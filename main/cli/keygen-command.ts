// `flashswarm keygen`: makes or converts the key that a publisher signs with.
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { randomKeyPair } from '../package/ed25519.ts';
import { fingerprint } from '../package/fingerprint.ts';
import { encodePublicKey, keyIdText, publicKeyFile } from '../package/minisign-public-key.ts';
import type { SecretKey } from '../package/minisign-secret-key.ts';
import { encodeSecretKey } from '../package/minisign-secret-key.ts';
import { needed, parseNone } from './arguments.ts';
import { CliError, exitCodes, exitCodesHelp } from './exit-codes.ts';
import { fingerprintText, readSecretKey } from './key-files.ts';
import { writeSecret, writeWhole } from './output-file.ts';
import { askPassword } from './password.ts';
import { openReport } from './report.ts';

export const keygenHelp = `Usage: flashswarm keygen --out PREFIX [options]

Makes the key that packages are signed with: PREFIX.key, which stays secret, and PREFIX.pub, which everybody may
have. Both are in minisign's formats, so that minisign signs and verifies with them too. Files that are there
already are never written over. Keep a copy of the secret key: without it no version can follow the one before.

  --out PREFIX        where the two files go
  --no-password       do not protect the secret key with a password (for build machines)
  --from FILE         take a key that is there: of OpenSSL (Ed25519, PKCS#8), signify or minisign
  --json              one JSON line: {"type": "done", "publicKeyFile", "secretKeyFile", "publicKey", "keyId", "fingerprint", "words"}
  --help              this text

The password is asked for on the terminal, or taken from FLASHSWARM_KEY_PASSWORD. Protecting a key takes 1 GiB of
memory and some seconds, as minisign does it.

${exitCodesHelp}`;

const options = {
  'out': { type: 'string' }, 'no-password': { type: 'boolean' }, 'from': { type: 'string' }, 'json': { type: 'boolean' }, 'help': { type: 'boolean', short: 'h' },
} as const;

/** @returns the exit code */
export async function keygenCommand(args: string[]): Promise<number> {
  const report = openReport(args.includes('--json'));
  try {
    const values = parseNone(args, options);
    if (values.help) {
      process.stdout.write(keygenHelp);
      return exitCodes.done;
    }
    const prefix = resolve(needed(values.out, '--out'));
    const [publicFile, secretFile] = [`${prefix}.pub`, `${prefix}.key`];
    for (const file of [publicFile, secretFile]) {
      if (await stat(file).then(() => true, () => false)) throw new CliError('not-writable', `${file} is there already. Keys are never written over: choose another name.`);
    }
    const key = values.from === undefined ? freshKey() : await readSecretKey(values.from);
    const password = values['no-password'] ? null : await askPassword('Password for the new key: ', true);
    // The secret one first: a public key whose secret was never written would be given to people for nothing.
    await writeSecret(secretFile, await encodeSecretKey(key, password));
    await writeWhole(publicFile, publicKeyFile({ keyId: key.keyId, key: key.publicKey, comment: '' }));
    const publicKey = encodePublicKey({ keyId: key.keyId, key: key.publicKey });
    const { hex, words } = fingerprint(key.publicKey);
    report.say(
      { type: 'done', publicKeyFile: publicFile, secretKeyFile: secretFile, publicKey, keyId: keyIdText(key.keyId), fingerprint: hex, words },
      `${secretFile}  keep it secret, and a copy of it\n${publicFile}  for everybody\nPublic key   ${publicKey}\n${fingerprintText(key.publicKey)}`,
    );
    return exitCodes.done;
  } catch (error) {
    return report.fail(error);
  }
}

function freshKey(): SecretKey {
  return { keyId: Uint8Array.from(randomBytes(8)), ...randomKeyPair() };
}
