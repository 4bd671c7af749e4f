// Applies what publishers say about their own keys: that one is replaced, or that one must not be trusted any more.
//
// A statement is signed by the key it is about, and a thief signs as well as the owner does. No date in a statement decides anything, because
// whoever holds the key writes it. What is decided instead:
// - The first succession of a key that is seen holds. A second one to another key is ignored, reported and remembered: the key is "contested".
// - A revoked key replaces nothing any more. Successions and revocations that arrive together (a package, a `.keys` file) are applied in that order,
//   so that "replaced and revoked", the answer to a stolen key, works whichever line comes first.
// - A revocation takes nothing from the successor: replaced first and revoked later is what careful publishers do. Unless the key is contested:
//   then it was in two hands, the first succession seen may have been the thief's, and whoever is trusted by it alone is asked about again.
// - A thief who revokes harms the publisher, never the person: a revocation can only make us refuse or ask.
// - A mark is lowered only for packages that the old key (or one before it) holds, and only by the succession that was taken: once.
import { parsePublicKey } from '../package/minisign-public-key.ts';
import type { KeyStatement } from '../package/package-types.ts';
import type { TrustDatabase } from './trust-database.ts';
import { maxSuccessions, sameKey } from './trust-keys.ts';
import type { TrustKeys } from './trust-keys.ts';
import type { TrustBounds } from './trust-types.ts';

/** More than this at once is ignored: honest publishers have a handful. */
export const maxStatements = 200;

type Succession = Extract<KeyStatement, { type: 'succession' }>;
type Revocation = Extract<KeyStatement, { type: 'revocation' }>;

export interface StatementContext { database: TrustDatabase; keys: TrustKeys; bounds: TrustBounds; nowAt: number }
export interface AppliedStatements { applied: KeyStatement[]; ignored: { statement: KeyStatement; why: string }[] }
export interface StatementOutcome { answer: AppliedStatements; changed: boolean }

const unknownKey = 'The key that it replaces is not one that you trust.';

/** Applies statements whose signatures hold; call inside a transaction. Every statement given is in the answer once. */
export function applyStatements(context: StatementContext, statements: KeyStatement[]): StatementOutcome {
  const { keys } = context;
  const answer: AppliedStatements = { applied: [], ignored: [] };
  const report = (statement: KeyStatement, why: string | null): void => {
    if (why === null) answer.applied.push(statement);
    else answer.ignored.push({ statement, why });
  };
  const taken = statements.slice(0, maxStatements);

  // In any order: one whose key is not known yet may follow from another.
  let waiting = taken.filter((statement) => statement.type === 'succession');
  for (let before = -1; before !== waiting.length;) {
    before = waiting.length;
    waiting = waiting.filter((statement) => {
      const why = applySuccession(context, statement);
      if (why === unknownKey) return true;
      report(statement, why);
      return false;
    });
  }
  for (const statement of waiting) report(statement, unknownKey);
  for (const statement of taken) if (statement.type === 'revocation') report(statement, applyRevocation(context, statement));
  for (const statement of statements.slice(maxStatements)) report(statement, `More than ${maxStatements} statements at once are not read.`);

  // Something may have changed though every statement was ignored: a second succession costs the first its worth.
  let changed = answer.applied.length > 0;
  for (const { key } of taken) if (keys.contested(key) && keys.revocation(key)) changed = askAgain(keys, key) || changed;
  return { answer, changed };
}

/** @returns why it was ignored; null when it was applied */
function applySuccession({ database, keys, bounds, nowAt }: StatementContext, statement: Succession): string | null {
  const { key, newKey, versionMarks } = statement;
  if (sameKey(key, newKey)) return 'A key cannot replace itself.';
  const earlier = keys.successor(key);
  if (earlier) {
    if (sameKey(earlier, newKey)) return 'It is known already.';
    keys.contest(key);
    return 'Another key has replaced this one before. One of the two statements may be a thief\'s: ask the publisher which is right.';
  }
  const old = keys.publisher(key);
  if (!old) return unknownKey;
  if (keys.revocation(key)) return 'The key that it replaces was revoked.';
  if (keys.revocation(newKey)) return 'The new key was revoked.';
  if (keys.leads(newKey, key)) return 'The two keys would replace each other.';
  if (stepsBefore(keys, key) + keys.line(newKey).length > maxSuccessions) return `The key was replaced more than ${maxSuccessions} times.`;
  if (!keys.publisher(newKey)) {
    if (keys.publisherCount() >= bounds.publishers) return 'The list of publishers is full: forget some that you do not need.';
    keys.addPublisher({ key: newKey, keyId: idOfNewKey(statement), name: old.name, homepage: old.homepage, since: nowAt, origin: 'succession' });
  }
  for (const [id, version] of Object.entries(versionMarks)) {
    if (!Number.isSafeInteger(version) || version < 0) continue;
    const owner = database.get('SELECT coalesce((SELECT key FROM pin WHERE package_id = ?1), (SELECT key FROM mark WHERE package_id = ?1)) AS key', id)?.key;
    // Before the new step is written: what leads to the old key, not to the new one, which may hold packages of its own.
    if (!owner || !keys.leads(owner as Uint8Array, key)) continue;
    database.run('UPDATE mark SET version = ?, digest = NULL WHERE package_id = ? AND version > ?', version, id, version);
  }
  keys.addSuccession(key, newKey, nowAt);
  return null;
}

/** The id of the new key, by which packages that carry no key find it: in the statement's last line, which was signed. */
function idOfNewKey({ newKey, text }: Succession): Uint8Array | null {
  try {
    const { newKey: encoded } = JSON.parse(text.trimEnd().split('\n').at(-1)!) as { newKey: string };
    const { key, keyId } = parsePublicKey(encoded);
    return sameKey(key, newKey) ? keyId : null;
  } catch {
    return null; // the first package that it signs tells
  }
}

function applyRevocation({ keys, bounds, nowAt }: StatementContext, { key }: Revocation): string | null {
  if (keys.revocation(key)) return 'It is known already.';
  if (!keys.publisher(key) && keys.strangersRevoked() >= bounds.strangersRevoked) return 'The list of revoked keys is full.';
  keys.addRevocation(key, { revokedAt: nowAt, revokedBy: 'publisher' });
  return null;
}

/** Takes trust from every key that has it only because this one named it, or one that this one named. */
export function askAgain(keys: TrustKeys, key: Uint8Array): boolean {
  let changed = false;
  for (const successor of keys.line(key).slice(1)) {
    if (keys.publisher(successor)?.origin !== 'succession') break; // the person knows this one otherwise
    changed = keys.removePublisher(successor) || changed;
  }
  return changed;
}

/** The longest line of keys that ends in this one. */
function stepsBefore(keys: TrustKeys, key: Uint8Array): number {
  let steps = 0;
  const seen = new Set<string>();
  for (let row = [key]; row.length > 0 && steps <= maxSuccessions; steps += 1) {
    row = row.flatMap((one) => keys.predecessors(one)).filter((one) => {
      const text = Buffer.from(one).toString('hex');
      return !seen.has(text) && seen.add(text);
    });
  }
  return steps;
}
