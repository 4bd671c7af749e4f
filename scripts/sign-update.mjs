// `npm run sign-update -- FOLDER SECRET-KEY [--again]`: signs the descriptions of a new version after `npm run dist` (docs/releasing.md).
import path from 'node:path';
import { readSecretKey } from '../main/cli/key-files.ts';
import { releaseKeys } from '../main/core/release-keys.ts';
import { say } from './say.mjs';
import { signUpdateFiles } from './sign-update-files.ts';

const given = process.argv.slice(2).filter((one) => one !== '--again');
if (given.length !== 2 || given.some((one) => one.startsWith('-'))) {
  console.error('Usage: npm run sign-update -- FOLDER SECRET-KEY [--again]\nThe password is asked for, or taken from FLASHSWARM_KEY_PASSWORD. --again: the same versions once more, so that their signatures stay fresh.');
  process.exit(2);
}
try {
  const [folder, keyFile] = given;
  const written = await signUpdateFiles(path.resolve(folder), { secret: await readSecretKey(keyFile), releaseKeys, again: process.argv.includes('--again') });
  for (const file of written) say(`Signed: ${file}`);
  say('Upload the packages first, then each .yml together with its .minisig.');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
