// How packages and their layers are said on a terminal.
import type { EventPreview, TrustWarning } from '../../contract/index.ts';
import { formatBytes, printable } from './format.ts';

/** Text of several lines from a stranger. */
export const multiline = (text: string): string => text.split(/\r?\n/).map((line) => printable(line.replaceAll('\t', ' '))).join('\n');

/** 2026-12-01 18:00 UTC */
export const timeText = (epochMs: number): string => (
  Number.isNaN(new Date(epochMs).getTime()) ? 'a time that cannot be shown' : `${new Date(epochMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
);

const warningTexts: Record<TrustWarning, string> = {
  'expired': 'This package has expired: its publisher wants nobody to start with it any more.',
  'expires-soon': 'This package expires soon. A newer one may be there: --update asks.',
  'clock-behind': 'This computer\'s clock seems to be behind: the package says that it was signed later than now.',
  'clock-ahead': 'This computer\'s clock seems to be ahead.',
  'known-name': 'A publisher of this name, or of this package, is known here under another key.',
};

export const warningText = (warning: TrustWarning): string => warningTexts[warning];

/** "Core (required), 1.2 GB in 14 files" */
export function layerText({ id, title, required, sealed, bytesTotal, fileCount }: Pick<EventPreview['layers'][number], 'id' | 'title' | 'required' | 'sealed' | 'bytesTotal' | 'fileCount'>): string {
  const marks = [required ? 'required' : '', sealed ? 'sealed until the start' : ''].filter(Boolean).join(', ');
  const name = title === id ? printable(id) : `${printable(id)}: ${printable(title)}`;
  return `${name}${marks ? ` (${marks})` : ''}, ${formatBytes(bytesTotal)} in ${fileCount} ${fileCount === 1 ? 'file' : 'files'}`;
}
