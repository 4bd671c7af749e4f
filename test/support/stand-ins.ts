// Notes what a test drove through a stand-in, because the real thing belongs to another system; `npm test` lists it at its end.
import { appendFileSync } from 'node:fs';

/** @param what the real thing that was not there, as people would call it */
export function standIn(what: string): void {
  const list = process.env['FLASHSWARM_STAND_INS'];
  if (list) appendFileSync(list, `${what.replaceAll('\n', ' ')}\n`);
}
