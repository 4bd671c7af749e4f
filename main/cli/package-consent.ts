// What a person has to decide before a package is taken: whose key, which terms, which regions. Nothing is assumed where nobody can be asked.
import type { EventPreview, Input } from '../../contract/index.ts';
import { formatFingerprint } from '../package/fingerprint.ts';
import { CliError } from './exit-codes.ts';
import { printable } from './format.ts';
import { askYes, canAsk } from './question.ts';
import type { Report } from './report.ts';
import { multiline } from './package-text.ts';
import type { TrustOption } from './trust-option.ts';
import { namesPublisher } from './trust-option.ts';

export interface ConsentOptions {
  trust: TrustOption | null;
  /** Fingerprints of keys that took the place of the key in `trust`, by statements that it signed. */
  successors: ReadonlySet<string>;
  acceptTerms: boolean;
  acceptRegion: boolean;
}

export type Consent = Pick<Input<'packages.add'>, 'trust' | 'accept'>;

/** @throws {CliError} `wrong-key`, `not-trusted`, `not-accepted` */
export async function consent(event: EventPreview, options: ConsentOptions, report: Report, signal: AbortSignal): Promise<Consent> {
  const trust = await trusted(event, options, report, signal);
  return { ...(trust ? { trust } : {}), accept: accepted(event, options, report) };
}

/** @returns whether to trust a key that is new here */
async function trusted({ publisher, trust, warnings }: EventPreview, { trust: named, successors }: ConsentOptions, report: Report, signal: AbortSignal): Promise<boolean> {
  const claim = { name: publisher.name, homepage: publisher.homepage, keyId: publisher.keyId, fingerprint: publisher.fingerprint, words: publisher.words };
  if (named && !namesPublisher(named, publisher) && !successors.has(publisher.fingerprint)) {
    throw new CliError('wrong-key', 'This package is signed with another key than the one that --trust names. Somebody else made it, or the publisher changed the key: ask the publisher.', {
      details: { publisher: claim }, explanation: keyLines(publisher),
    });
  }
  if (named || trust === 'trusted') return trust === 'first-use';
  const known = warnings.includes('known-name') ? ['Be careful: a publisher of this name, or of this package, is known here under ANOTHER key.'] : [];
  if (!report.json && canAsk()) {
    report.say({}, [`The publisher says to be "${printable(publisher.name)}". This key was never seen here before.`, keyLines(publisher), ...known].join('\n'));
    if (await askYes('Is this the fingerprint that the publisher told you, and do you trust this key from now on?', signal)) return true;
    throw new CliError('not-trusted', 'Nothing was fetched: the key is not trusted.', { details: { publisher: claim } });
  }
  throw new CliError('not-trusted', `The publisher says to be "${printable(publisher.name)}", with a key that was never seen here before.`, {
    details: { publisher: claim },
    explanation: [
      keyLines(publisher), ...known,
      'Compare the fingerprint with what the publisher tells elsewhere, then say the same command with:',
      `  --trust ${publisher.fingerprint}`, 'or with --trust FILE.pub, the file of the publisher\'s key.',
    ].join('\n'),
  });
}

/** The core knows what was accepted before; only what this run says is handed over. */
function accepted({ terms, regions, action }: EventPreview, options: ConsentOptions, report: Report): Consent['accept'] {
  if (terms && action !== 'same') report.say({ type: 'terms', text: terms.text, accepted: options.acceptTerms }, `The publisher's terms:\n${multiline(terms.text)}`);
  if (regions && action === 'new' && !options.acceptRegion) {
    throw new CliError('not-accepted', `The publisher offers this ${regionText(regions)} only. If that is where you are, say so with --accept-region.`, { details: { regions } });
  }
  return { ...(terms && options.acceptTerms ? { terms: terms.digest } : {}), ...(options.acceptRegion ? { region: true } : {}) };
}

const regionText = ({ only, except }: { only: string[]; except: string[] }): string => [
  only.length > 0 ? `in ${only.join(', ')}` : 'anywhere', except.length > 0 ? `except in ${except.join(', ')}` : '',
].filter(Boolean).join(' ');

/** A key as people compare it. */
export const keyLines = ({ fingerprint, words }: { fingerprint: string; words: readonly string[] }): string => (
  `Fingerprint  ${formatFingerprint(fingerprint)}\nin words     ${words.join(' ')}`
);
