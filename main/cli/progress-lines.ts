// The progress display of a terminal: what is going on, and a bar layered by where the bytes came from.
import type { PackageSummary } from '../../contract/index.ts';
import { formatBytes, formatDuration, printable, shortened } from './format.ts';

const layers = [
  { name: 'people', sign: '█', colour: '\x1b[36m' },
  { name: 'server', sign: '▓', colour: '\x1b[35m' },
  { name: 'local', sign: '▒', colour: '\x1b[90m' },
] as const;
const missing = '░';
const reset = '\x1b[0m';

/** A bar of so many columns: each shows the layer that most of its stretch came from. */
export function progressBar(bar: PackageSummary['bar'], width: number, colours: boolean): string {
  const bins = bar.people.length;
  let text = '';
  let colour = '';
  for (let column = 0; column < width; column += 1) {
    // With fewer stretches than columns each stretch is drawn wider; with more, several are taken together.
    const from = Math.floor((column * bins) / width);
    const to = Math.max(from + 1, Math.floor(((column + 1) * bins) / width));
    const shares = layers.map(({ name }) => {
      const values = bar[name].slice(from, to);
      return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
    });
    const done = shares.reduce((sum, share) => sum + share, 0);
    const layer = layers[shares.indexOf(Math.max(...shares))]!;
    const wanted = !colours ? '' : done < 0.5 ? reset : layer.colour;
    if (wanted !== colour) text += wanted;
    colour = wanted;
    text += done < 0.5 ? missing : layer.sign;
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
    case 'paused': return 'Paused';
    case 'problem': return state.message ?? 'There is a problem';
    case 'no-source': return 'Nobody who has it is online right now; still looking';
    case 'seeding': return `Sharing with ${people(s.peers.receiving)}, ${formatBytes(s.uploadedBytes)} given`;
    case 'complete': return 'Complete';
    case 'downloading': return state.reason === 'connecting' ? 'Connecting' : state.reason === 'own-limit' ? 'Downloading, as fast as its limit allows' : 'Downloading';
  }
}

/** Two lines at most, none wider than the terminal. */
export function progressLines(s: PackageSummary, columns: number, colours: boolean): string[] {
  const sentence = printable(stateSentence(s));
  const name = shortened(printable(s.name), Math.max(8, columns - sentence.length - 4));
  const first = shortened(`${name}  ${sentence}`, columns - 1);
  if (!s.hasMetadata) return [first];
  const share = s.bytesWanted === 0 ? 1 : s.bytesDone / s.bytesWanted;
  const seeding = s.state.kind === 'seeding' || s.state.kind === 'complete';
  const facts = [
    seeding ? `up ${formatBytes(s.uploadBytesPerSecond)}/s` : `${Math.floor(share * 100)} % of ${formatBytes(s.bytesWanted)}`,
    seeding ? '' : `${formatBytes(s.downloadBytesPerSecond)}/s`,
    s.etaSeconds === null || seeding ? '' : `${formatDuration(s.etaSeconds)} left`,
    people(s.peers.connected),
  ].filter(Boolean).join('  ');
  const width = Math.min(40, columns - facts.length - 3);
  return [first, width >= 8 ? `${progressBar(s.bar, width, colours)}  ${facts}` : shortened(facts, columns - 1)];
}
