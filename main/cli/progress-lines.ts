// The progress display of a terminal: what is going on, and a bar layered by where the bytes came from.
import type { LayerState, PackageSummary } from '../../contract/index.ts';
import { formatBytes, formatDuration, printable, shortened } from './format.ts';
import { timeText } from './package-text.ts';

const sources = [
  { name: 'people', sign: '█', colour: '\x1b[36m' },
  { name: 'server', sign: '▓', colour: '\x1b[35m' },
  { name: 'local', sign: '▒', colour: '\x1b[90m' },
] as const;
const missing = '░';
const maxLayerLines = 8;
const reset = '\x1b[0m';

/** A bar of so many columns: each shows the source that most of its stretch came from. */
export function progressBar(bar: PackageSummary['bar'], width: number, colours: boolean): string {
  const bins = bar.people.length;
  let text = '';
  let colour = '';
  for (let column = 0; column < width; column += 1) {
    // With fewer stretches than columns each stretch is drawn wider; with more, several are taken together.
    const from = Math.floor((column * bins) / width);
    const to = Math.max(from + 1, Math.floor(((column + 1) * bins) / width));
    const shares = sources.map(({ name }) => {
      const values = bar[name].slice(from, to);
      return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
    });
    const done = shares.reduce((sum, share) => sum + share, 0);
    const source = sources[shares.indexOf(Math.max(...shares))]!;
    const wanted = !colours ? '' : done < 0.5 ? reset : source.colour;
    if (wanted !== colour) text += wanted;
    colour = wanted;
    text += done < 0.5 ? missing : source.sign;
  }
  return colours ? `${text}${reset}` : text;
}

const people = (count: number) => `${count} ${count === 1 ? 'person' : 'people'}`;

/** What is going on, in words. */
export function stateSentence(s: PackageSummary): string {
  const { state } = s;
  switch (state.kind) {
    case 'metadata': return s.peers.connected > 0 ? 'Asking for the file list' : 'Looking for people who have it';
    case 'queued': return 'Waiting for its turn';
    case 'checking': return `Checking files on disk${state.progress === null ? '' : `, ${Math.floor(state.progress * 100)} %`}`;
    case 'moving': return 'Moving files';
    case 'paused': return state.reason === 'expired' ? 'This package has expired' : 'Paused';
    case 'problem': return state.message ?? 'There is a problem';
    case 'no-source': return 'Nobody who has it is online right now; still looking';
    case 'seeding':
      if (state.reason === 'sealed') return 'Complete; some of it is sealed until the publisher releases the key';
      if (state.reason === 'opens-later' && state.retryAt !== null) return `Complete; opens at ${timeText(state.retryAt)}`;
      return `Sharing with ${people(s.peers.receiving)}, ${formatBytes(s.uploadedBytes)} given`;
    case 'complete': return 'Complete';
    case 'downloading':
      if (s.event?.update?.state === 'getting') return `Getting version ${s.event.update.version}`;
      if (state.reason === 'core-ready') return 'Core ready; getting the rest';
      return state.reason === 'connecting' ? 'Connecting' : state.reason === 'own-limit' ? 'Downloading, as fast as its limit allows' : 'Downloading';
  }
}

/** Two lines, and one for each layer of a package, none wider than the terminal. */
export function progressLines(s: PackageSummary, columns: number, colours: boolean): string[] {
  const sentence = printable(stateSentence(s));
  const name = shortened(printable(s.name), Math.max(8, columns - sentence.length - 4));
  const first = shortened(`${name}  ${sentence}`, columns - 1);
  if (!s.hasMetadata) return [first];
  const [done, wanted] = goalOf(s);
  const share = wanted === 0 ? 1 : Math.min(1, done / wanted);
  const seeding = s.state.kind === 'seeding' || s.state.kind === 'complete';
  const facts = [
    seeding ? `up ${formatBytes(s.uploadBytesPerSecond)}/s` : `${Math.floor(share * 100)} % of ${formatBytes(wanted)}`,
    seeding ? '' : `${formatBytes(s.downloadBytesPerSecond)}/s`,
    s.etaSeconds === null || seeding ? '' : `${formatDuration(s.etaSeconds)} left`,
    people(s.peers.connected),
  ].filter(Boolean).join('  ');
  const width = Math.min(40, columns - facts.length - 3);
  const lines = [first, width >= 8 ? `${progressBar(s.bar, width, colours)}  ${facts}` : shortened(facts, columns - 1)];
  return seeding ? lines : [...lines, ...layerLines(s, columns)];
}

/** Bytes done and wanted: of the newer version while one is fetched beside the one in use. */
function goalOf({ event, bytesDone, bytesWanted }: PackageSummary): [done: number, wanted: number] {
  const update = event?.update;
  return update?.state === 'getting' && update.fetchBytes !== null ? [update.fetchedBytes ?? 0, update.fetchBytes] : [bytesDone, bytesWanted];
}

const layerWords: Record<LayerState, string> = {
  'left-out': 'left out', 'waiting': 'waiting', 'getting': '', 'checking': 'checking', 'sealed': 'here, sealed', 'ready': 'ready', 'refused': 'refused',
};

/** The layers that are going on or are next; with very many only some, and how many there are. */
function layerLines({ event, layers }: PackageSummary, columns: number): string[] {
  const chosen = layers.filter((layer) => layer.chosen);
  if (!event || event.update?.state === 'getting' || chosen.length < 2) return [];
  const shown = chosen.length <= maxLayerLines ? chosen : chosen.filter(({ state }) => state !== 'ready').slice(0, maxLayerLines);
  const lines = shown.map(({ title, state, bytesDone, bytesTotal }) => {
    const share = bytesTotal === 0 ? 1 : bytesDone / bytesTotal;
    return shortened(`  ${`${Math.floor(share * 100)}`.padStart(3)} %  ${[printable(title), layerWords[state]].filter(Boolean).join(', ')}`, columns - 1);
  });
  const ready = chosen.filter(({ state }) => state === 'ready').length;
  return chosen.length <= maxLayerLines ? lines : [...lines, shortened(`  ${ready} of ${chosen.length} parts are ready`, columns - 1)];
}
