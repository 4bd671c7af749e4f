// Asks for what was measured of a package, keeps it up to date, and hands it on.
import type { PackageFigures, PackageId } from '../../contract/index.ts';
import { ask } from '../bridge/bridge.ts';
import { withNews } from '../figures-merge.ts';
import { text } from '../i18n.ts';
import { useFigures } from '../stores/figures-store.ts';
import { toClipboard, toFile } from './clipboard.ts';
import { showFailure, showNotice } from './notices.ts';

/** The package whose figures are being asked for: an answer for another one comes too late. */
let asking: PackageId | null = null;

/** Asks for the figures of a package with their whole history; what is there of it stays on screen meanwhile. */
export async function loadFigures(id: PackageId): Promise<void> {
  asking = id;
  if (useFigures.getState().figures?.id !== id) useFigures.setState({ figures: null, failure: null });
  const answer = await ask('packages.figures', { id });
  if (asking !== id) return;
  asking = null;
  if (answer.ok) useFigures.setState({ figures: answer.value, failure: null });
  else useFigures.setState({ failure: answer.error.message });
}

/** Takes news of the watched package; where they do not join what is here, everything is asked for again. */
export function takeFigures(news: PackageFigures): void {
  const { figures } = useFigures.getState();
  if (figures?.id !== news.id) return;
  const next = withNews(figures, news);
  if (next) useFigures.setState({ figures: next, failure: null });
  else if (asking === null) void loadFigures(news.id);
}

export type FiguresFormat = 'json' | 'csv';
const types: Record<FiguresFormat, string> = { json: 'application/json', csv: 'text/csv' };

/** A file name that says what it is of and that every disk takes. */
export const figuresFileName = (name: string, format: FiguresFormat): string =>
  `flashswarm ${name.replace(/[^\p{L}\p{N}._-]+/gu, ' ').trim().slice(0, 80)} figures.${format}`.replaceAll(/\s+/g, '-');

/** Gives the figures without anything personal to the browser as a file. */
export async function saveFigures(id: PackageId, name: string, format: FiguresFormat): Promise<void> {
  const answer = await ask('packages.exportFigures', { id, format });
  if (answer.ok) toFile(figuresFileName(name, format), answer.value.text, types[format]);
  else showFailure(answer.error);
}

/** Copies the figures without anything personal. */
export async function copyFigures(id: PackageId, format: FiguresFormat): Promise<void> {
  const answer = await ask('packages.exportFigures', { id, format });
  if (!answer.ok) return showFailure(answer.error);
  if (await toClipboard(answer.value.text)) showNotice('info', text('crowd.copied'));
  else showNotice('problem', text('crowd.notCopied'));
}
