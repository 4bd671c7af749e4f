// From the state of a package to its sentence, its word, its icon and its one action: design.md's voice in one place.
import type { PackageState, PackageSummary } from '../contract/index.ts';
import { formatBytes, formatCountdown, formatElapsed, formatMoment, formatOf, formatPercent, formatRate, formatRatio } from './format.ts';

/** What the one button beside a sentence does. */
export type SentenceAction = 'resume' | 'recheck' | 'add-tracker' | 'change-limit' | 'choose-files' | 'share-again' | 'move-to-front' | 'move' | 'retry'
  | 'open' | 'details' | 'check-update';

export interface Sentence {
  /** Key of the sentence in the translation file, and what it is filled with. */
  key: string;
  values: Record<string, string | number>;
  action: SentenceAction | null;
  /** True where the sentence itself changes each second. */
  ticks: boolean;
}

const fixed = (key: string, action: SentenceAction | null = null): Sentence => ({ key: `sentence.${key}`, values: {}, action, ticks: false });

type Facts = Pick<PackageSummary, 'state' | 'uploadedBytes' | 'ratio' | 'peers' | 'hasMetadata' | 'event' | 'layers' | 'bytesDone' | 'bytesWanted'>;

function noSource(state: PackageState, now: number): Sentence {
  if (state.retryAt === null || state.retryAt <= now) return fixed('noSource', 'add-tracker');
  return { key: 'sentence.noSourceRetry', values: { time: formatCountdown(state.retryAt - now) }, action: 'add-tracker', ticks: true };
}

function sharing(facts: Facts): Sentence {
  const { receiving } = facts.peers;
  const values = { count: receiving, ratio: formatRatio(facts.ratio) };
  return { key: facts.uploadedBytes > 0 ? 'sentence.sharing' : 'sentence.sharingFirst', values, action: null, ticks: false };
}

function diskFull(state: PackageState): Sentence {
  if (state.missingBytes === null || state.missingBytes === 0) return fixed('diskFull', 'retry');
  return { key: 'sentence.diskFullMissing', values: { size: formatBytes(state.missingBytes) }, action: 'retry', ticks: false };
}

function withProgress(key: string, state: PackageState): Sentence {
  if (state.progress === null) return fixed(key);
  return { key: `sentence.${key}Progress`, values: { percent: formatPercent(state.progress) }, action: null, ticks: false };
}

/** Before its start: whether all is here, and when it opens; without a time it waits for the publisher. */
function beforeStart(facts: Facts, now: number): Sentence {
  const sealed = facts.state.reason === 'sealed';
  const fetched = facts.bytesDone >= facts.bytesWanted;
  const at = facts.event?.startsAt ?? facts.state.retryAt;
  const when = at !== null && at > now ? formatMoment(at, now) : null;
  if (when === null) return fixed(sealed ? 'sealedNow' : fetched ? 'opensSoon' : 'opensSoonGetting');
  return { key: `sentence.${sealed ? 'sealed' : fetched ? 'opensLater' : 'opensLaterGetting'}`, values: { when }, action: null, ticks: false };
}

/** What an update fetches and what it takes from what is here. */
function updating(facts: Facts): Sentence {
  const update = facts.event?.update;
  if (!update || update.version === null) return fixed('updating');
  const { version, fetchBytes, fetchedBytes, reusedBytes } = update;
  if (fetchBytes === null || reusedBytes === null) return { key: 'sentence.updatingTo', values: { version }, action: null, ticks: false };
  const values = { version, done: formatOf(fetchedBytes ?? 0, fetchBytes), reused: formatBytes(reusedBytes) };
  return { key: reusedBytes > 0 ? 'sentence.updatingReused' : 'sentence.updatingFetch', values, action: null, ticks: false };
}

function smoothing(state: PackageState, now: number): Sentence {
  if (state.retryAt === null) return fixed('smoothing');
  const minutes = Math.max(1, Math.ceil((state.retryAt - now) / 60_000));
  return { key: 'sentence.smoothingUntil', values: { count: minutes }, action: null, ticks: true };
}

function layerRefused(facts: Facts): Sentence {
  const count = Math.max(1, facts.layers.filter((layer) => layer.state === 'refused').length);
  return { key: 'sentence.layerRefused', values: { count }, action: 'details', ticks: false };
}

/**
 * The sentence for a package.
 * @param facts the package
 * @param now epoch milliseconds, for what counts up or down
 * @param heardAt when the facts were heard, epoch milliseconds
 */
export function sentenceOf(facts: Facts, now: number, heardAt = now): Sentence {
  const { state } = facts;
  switch (state.reason) {
    case 'asking':
      return { key: 'sentence.asking', values: { time: formatElapsed(state.sinceMs + Math.max(0, now - heardAt)) }, action: null, ticks: true };
    case 'waiting-for-slot': return fixed('waitingForSlot', 'move-to-front');
    case 'connecting': return fixed('connecting');
    case 'no-source': return noSource(state, now);
    case 'going': return { key: 'sentence.going', values: { count: state.sending }, action: null, ticks: false };
    case 'few-can-send':
      return { key: 'sentence.fewCanSend', values: { sending: state.sending, count: state.connected }, action: null, ticks: false };
    case 'own-limit':
      return state.limitBytesPerSecond === null
        ? fixed('ownLimit', 'change-limit')
        : { key: 'sentence.ownLimitRate', values: { rate: formatRate(state.limitBytesPerSecond) }, action: 'change-limit', ticks: false };
    case 'source-limit': return { key: 'sentence.sourceLimit', values: { count: state.connected }, action: null, ticks: false };
    case 'smoothing': return smoothing(state, now);
    case 'by-user': return fixed('byUser', 'resume');
    case 'sharing': return sharing(facts);
    case 'nobody-wants': return fixed('nobodyWants');
    case 'goal-reached': return fixed('goalReached', 'share-again');
    case 'not-selected': return fixed('notSelected', facts.hasMetadata ? 'choose-files' : null);
    case 'disk-full': return diskFull(state);
    case 'not-writable': return fixed('notWritable', 'retry');
    case 'files-missing': return fixed('filesMissing', 'recheck');
    case 'file-changed': return fixed('fileChanged', 'recheck');
    case 'bad-metadata': return fixed('badMetadata');
    case 'engine-restarting': return fixed('engineRestarting');
    case 'internal':
      return state.message
        ? { key: 'sentence.internalMessage', values: { message: state.message }, action: 'retry', ticks: false }
        : fixed('internal', 'retry');
    case 'checking': return withProgress('checking', state);
    case 'moving': return withProgress('moving', state);
    case 'held-metered': return fixed('heldMetered', 'change-limit');
    case 'held-battery': return fixed('heldBattery', 'change-limit');
    case 'core-ready': return fixed('coreReady', 'open');
    case 'updating': return updating(facts);
    case 'opens-later': case 'sealed': return beforeStart(facts, now);
    case 'expired': return fixed('expired', facts.event?.update ? 'check-update' : null);
    case 'key-revoked': return fixed('keyRevoked', 'details');
    case 'layer-refused': return layerRefused(facts);
  }
}

export type StateIcon = 'search' | 'clock' | 'check-files' | 'folder' | 'down' | 'pause' | 'up' | 'done' | 'problem';

/** The icon of a state; its word is `state.<kind>` in the translation file. */
export function iconOf(kind: PackageState['kind']): StateIcon {
  switch (kind) {
    case 'metadata': return 'search';
    case 'queued': return 'clock';
    case 'checking': return 'check-files';
    case 'moving': return 'folder';
    case 'downloading': return 'down';
    case 'no-source': return 'search';
    case 'paused': return 'pause';
    case 'seeding': return 'up';
    case 'complete': return 'done';
    case 'problem': return 'problem';
  }
}
