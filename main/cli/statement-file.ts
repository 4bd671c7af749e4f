// A `.keys` file: statements about keys, one after another. New ones are put at the end.
import { readFile } from 'node:fs/promises';
import { MAX_STATEMENTS_BYTES, parseStatements } from '../package/key-statement.ts';
import { CliError } from './exit-codes.ts';
import { checkTarget, writeWhole } from './output-file.ts';

/** Appends a statement; what is there already must be statements that hold. @returns how many there are now @throws {CliError} */
export async function appendStatement(file: string, statement: string): Promise<number> {
  await checkTarget(file, 'file of statements about keys', MAX_STATEMENTS_BYTES, (bytes) => Boolean(parseStatements(Buffer.from(bytes).toString('utf8'))));
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new CliError('unreadable', `${file} cannot be read (${error.code ?? 'unknown'}).`);
  });
  const text = `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${statement}`;
  const { length } = parseStatements(text);
  await writeWhole(file, text);
  return length;
}
