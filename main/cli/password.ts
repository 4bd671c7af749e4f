// Asks for passwords on a terminal without showing them.
import { CliError } from './exit-codes.ts';

/** Set for scripts, which no terminal can ask. */
const variable = 'FLASHSWARM_KEY_PASSWORD';
const maxCharacters = 1024;

/**
 * The password from the environment, or typed. @param twice for a new one, so that a slip is not kept for ever
 * @throws {CliError} `bad-password` without either
 */
export async function askPassword(question: string, twice = false): Promise<string> {
  const given = process.env[variable];
  if (given !== undefined) return given;
  if (!process.stdin.isTTY) {
    throw new CliError('bad-password', `A password is needed and there is no terminal to ask for it. Set ${variable}${twice ? ', or use --no-password' : ''}.`);
  }
  const first = await typed(question);
  if (twice && first === '') throw new CliError('bad-password', 'The password is empty. To make a key without one, say --no-password.');
  if (twice && await typed('The same again: ') !== first) throw new CliError('bad-password', 'The two passwords are not the same. Nothing was written.');
  return first;
}

function typed(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stdin.setRawMode(true); // before the question: nothing that is typed early is shown
  stderr.write(question);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise((resolve, reject) => {
    let letters: string[] = [];
    const end = (finish: () => void) => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      finish();
    };
    const onData = (data: string) => {
      for (const letter of data) {
        if (letter === '\r' || letter === '\n' || letter === '\u0004') return end(() => resolve(letters.join('')));
        if (letter === '\u0003') return end(() => reject(new CliError('cancelled', 'Stopped; nothing was written.')));
        if (letter === '\u007f' || letter === '\b') letters = letters.slice(0, -1);
        else if (letter === '\u0015') letters = [];
        else if (letters.length < maxCharacters) letters.push(letter);
      }
      return undefined;
    };
    stdin.on('data', onData);
  });
}
