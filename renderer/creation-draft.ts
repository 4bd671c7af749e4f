// The form from which an event package is made: its fields, what is wrong with them, and what it asks of the core.
import type { Input, LayerPlan, Output } from '../contract/index.ts';
import type { ChosenFolder } from './actions/folders.ts';
import type { PickedFile } from './actions/pick-file.ts';
import { divide, patternFor, REST } from './layer-match.ts';

export interface LayerDraft { key: number; title: string; pattern: string; required: boolean }

export interface Draft {
  folder: ChosenFolder | null;
  scan: Output<'create.scan'> | null;
  title: string; id: string; version: number; publisher: string;
  summary: string; homepage: string;
  layers: LayerDraft[];
  trackers: string; webSeeds: string; // one address a line
  startsAt: string; expiresAt: string; // as date-and-time boxes have them, in local time
  terms: string; updateUrl: string;
  keyFile: PickedFile | null;
  password: string;
}

export const emptyDraft: Draft = {
  folder: null, scan: null, title: '', id: '', version: 1, publisher: '', summary: '', homepage: '',
  layers: [{ key: 0, title: 'Everything', pattern: '**', required: true }], trackers: '', webSeeds: '', startsAt: '', expiresAt: '', terms: '', updateUrl: '',
  keyFile: null, password: '',
};

/** The fields that can be wrong; a layer's by its key. */
export type Field = 'folder' | 'title' | 'id' | 'publisher' | 'homepage' | 'layers' | `layer-${number}` | 'trackers' | 'webSeeds' | 'startsAt' | 'expiresAt' | 'updateUrl' | 'key' | 'password';
export type Problems = Partial<Record<Field, string>>;

/** Fields below "More", which has to be open for its problems to be seen. */
export const moreFields: readonly Field[] = ['homepage', 'trackers', 'webSeeds', 'startsAt', 'expiresAt', 'updateUrl'];

export const linesOf = (text: string): string[] => text.split('\n').map((line) => line.trim()).filter(Boolean);

const isAddress = (text: string, schemes: readonly string[]): boolean => URL.canParse(text) && schemes.includes(new URL(text).protocol);
const isWeb = (text: string): boolean => isAddress(text, ['https:']);
const timeOf = (local: string): number => new Date(local).getTime();

/** A name for programs out of a title: "Day-one films" becomes day-one-films. */
export const slugOf = (title: string): string =>
  title.normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 48).replace(/-+$/, '');

/** An id to begin with, from the publisher's homepage or name and the title. */
export function suggestId(draft: Pick<Draft, 'homepage' | 'publisher' | 'title'>): string {
  const title = slugOf(draft.title);
  if (!title) return '';
  const host = isWeb(draft.homepage) ? new URL(draft.homepage).hostname.replace(/^www\./, '').split('.').reverse().join('.') : slugOf(draft.publisher);
  return host ? `${host}.${title}` : '';
}

const knowsAll = (scan: Draft['scan']): boolean => scan !== null && scan.fileCount <= scan.files.length;
const patternsOf = (draft: Draft): string[] => draft.layers.map((layer) => layer.pattern.trim());

/** The patterns as the core gets them: the one for the rest says which files these are. Null where that cannot be said. */
function exactPatterns(draft: Draft): (string | null)[] {
  const patterns = patternsOf(draft);
  const rest = patterns.indexOf(REST);
  if (rest < 0 || patterns.length === 1) return patterns;
  const { scan } = draft;
  const exact = scan && knowsAll(scan) ? patternFor(scan.files.map((file) => file.path), divide(scan.files, patterns).layers[rest]?.paths ?? []) : null;
  return patterns.map((pattern, at) => (at === rest ? exact : pattern));
}

function layerProblems(draft: Draft): Problems {
  const problems: Problems = {};
  if (draft.layers.length === 0) return { layers: 'create.problem.noLayer' };
  const patterns = patternsOf(draft);
  const division = draft.scan ? divide(draft.scan.files, patterns) : null;
  const exact = exactPatterns(draft);
  if (!draft.layers.some((layer) => layer.required)) problems.layers = 'create.problem.noRequired';
  if (division && division.contested.files > 0) problems.layers = 'create.problem.contested';
  draft.layers.forEach((layer, at) => {
    const field = `layer-${layer.key}` as const;
    if (layer.title.trim() === '') problems[field] = 'create.problem.layerTitle';
    else if (patterns[at] === '') problems[field] = 'create.problem.layerPattern';
    else if (division && knowsAll(draft.scan) && division.layers[at]?.files === 0) problems[field] = 'create.problem.layerEmpty';
    else if (division && exact[at] === null) problems[field] = 'create.problem.layerRest';
  });
  return problems;
}

/** Every field of the form asks; a form is looked at once. */
const known = new WeakMap<Draft, Problems>();

/** What has to be put right before it can be made: field to key of its sentence. */
export function problemsOf(draft: Draft): Problems {
  const problems = known.get(draft) ?? findProblems(draft);
  known.set(draft, problems);
  return problems;
}

function findProblems(draft: Draft): Problems {
  const problems: Problems = layerProblems(draft);
  if (!draft.folder) problems.folder = 'create.problem.folder';
  else if (draft.scan?.fileCount === 0) problems.folder = 'create.problem.folderEmpty';
  if (draft.title.trim() === '') problems.title = 'create.problem.title';
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/.test(draft.id.trim())) problems.id = 'create.problem.id';
  if (draft.publisher.trim() === '') problems.publisher = 'create.problem.publisher';
  if (draft.homepage.trim() && !isWeb(draft.homepage.trim())) problems.homepage = 'create.problem.https';
  if (!linesOf(draft.trackers).every((line) => isAddress(line, ['http:', 'https:', 'udp:', 'ws:', 'wss:']))) problems.trackers = 'create.problem.tracker';
  if (!linesOf(draft.webSeeds).every(isWeb)) problems.webSeeds = 'create.problem.httpsLines';
  if (draft.updateUrl.trim() && !isWeb(draft.updateUrl.trim())) problems.updateUrl = 'create.problem.https';
  if (draft.expiresAt && draft.startsAt && timeOf(draft.expiresAt) <= timeOf(draft.startsAt)) problems.expiresAt = 'create.problem.expiresFirst';
  if (!draft.keyFile) problems.key = 'create.problem.key';
  return problems;
}

/** Ids that differ, from the titles. */
function plansOf(draft: Draft): LayerPlan[] {
  const patterns = exactPatterns(draft);
  const taken = new Set<string>();
  return draft.layers.map((layer, at) => {
    const base = slugOf(layer.title) || `layer-${at + 1}`;
    let id = base;
    for (let next = 2; taken.has(id); next++) id = `${base}-${next}`;
    taken.add(id);
    return { id, title: layer.title.trim(), pattern: patterns[at] ?? layer.pattern.trim(), required: layer.required };
  });
}

/** What the core is asked for; null while something is wrong. */
export function inputOf(draft: Draft): Input<'create.start'> | null {
  const { folder, keyFile } = draft;
  if (!folder || !keyFile || Object.keys(problemsOf(draft)).length > 0) return null;
  const given = <K extends string>(name: K, value: string): Partial<Record<K, string>> => (value.trim() ? { [name]: value.trim() } as Record<K, string> : {});
  const [trackers, webSeeds] = [linesOf(draft.trackers), linesOf(draft.webSeeds)];
  return {
    folder: folder.handle, id: draft.id.trim(), title: draft.title.trim(), version: draft.version, publisher: draft.publisher.trim(), layers: plansOf(draft),
    ...given('summary', draft.summary), ...given('homepage', draft.homepage), ...given('terms', draft.terms), ...given('updateUrl', draft.updateUrl),
    ...(trackers.length > 0 ? { trackers } : {}), ...(webSeeds.length > 0 ? { webSeeds } : {}),
    ...(draft.startsAt ? { startsAt: timeOf(draft.startsAt) } : {}), ...(draft.expiresAt ? { expiresAt: timeOf(draft.expiresAt) } : {}),
    key: { source: keyFile.source, password: draft.password === '' ? null : draft.password },
  };
}
