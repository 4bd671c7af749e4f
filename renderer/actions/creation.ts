// Makes an event package: reads the folder, takes or makes a key, starts, follows and stops the making.
import type { Failure, Input } from '../../contract/index.ts';
import { ask, placesOf } from '../bridge/bridge.ts';
import { inputOf, problemsOf, suggestId, type Draft, type Field, type LayerDraft } from '../creation-draft.ts';
import { text } from '../i18n.ts';
import { emptyCreation, useCreation } from '../stores/creation-store.ts';
import { useSession } from '../stores/session-store.ts';
import { useView } from '../stores/view-store.ts';
import type { ChosenFolder } from './folders.ts';
import { closeNotice, showNotice } from './notices.ts';
import { pickFile } from './pick-file.ts';

/** Changes fields of the form; the id follows the title until it was typed by hand. */
export function changeDraft(part: Partial<Draft>): void {
  useCreation.setState((state) => {
    const ownId = state.ownId || part.id !== undefined;
    const draft = { ...state.draft, ...part };
    if (!ownId) draft.id = suggestId(draft);
    const refused = { ...state.refused };
    for (const name of Object.keys(part)) delete refused[(name === 'keyFile' ? 'key' : name) as Field];
    return { draft, ownId, refused, failure: null };
  });
}

/** Takes a folder and looks what is in it. */
export async function chooseContent(folder: ChosenFolder): Promise<void> {
  changeDraft({ folder, scan: null });
  useCreation.setState({ scanning: true, scanFailure: null });
  const scan = await ask('create.scan', { folder: folder.handle });
  if (useCreation.getState().draft.folder !== folder) return;
  useCreation.setState({ scanning: false, scanFailure: scan.ok ? null : scan.error.message });
  if (scan.ok) changeDraft({ scan: scan.value });
}

/** Takes a folder that was dropped, where the host tells its place; says what to do instead where it does not. */
export async function takeDroppedFolder(files: readonly File[]): Promise<void> {
  const places = await placesOf(files);
  const folder = places?.find((place) => place.isFolder);
  const { can } = useSession.getState().host ?? {};
  const take = (): void => {
    useView.setState({ page: 'create' });
    if (folder) void chooseContent({ handle: folder.handle, path: folder.path });
    else useCreation.setState({ scanFailure: text(can?.pickFolder ? 'create.dropChoose' : 'create.dropType') });
  };
  if (useView.getState().page === 'create') take();
  else showNotice('info', text('drop.folder'), { label: text('page.create'), run: () => { closeNotice(); take(); } });
}

export function changeLayer(key: number, part: Partial<LayerDraft>): void {
  const { layers } = useCreation.getState().draft;
  changeDraft({ layers: layers.map((layer) => (layer.key === key ? { ...layer, ...part } : layer)) });
}

export const removeLayer = (key: number): void => changeDraft({ layers: useCreation.getState().draft.layers.filter((layer) => layer.key !== key) });

/** Adds a layer after the others. */
export function addLayer(title: string, pattern: string): void {
  const { layers } = useCreation.getState().draft;
  const key = Math.max(-1, ...layers.map((layer) => layer.key)) + 1;
  changeDraft({ layers: [...layers, { key, title, pattern, required: false }] });
}

/** Takes a secret key from a file that the person chooses. */
export async function chooseKey(): Promise<void> {
  const keyFile = await pickFile('secret-key');
  if (!keyFile) return;
  useCreation.setState({ newKey: null });
  changeDraft({ keyFile });
}

/** Makes a new key in a folder and signs with it. @returns why it could not be made */
export async function makeKey(input: Input<'create.newKey'>): Promise<Failure | null> {
  const answer = await ask('create.newKey', input);
  if (!answer.ok) return answer.error;
  const name = answer.value.secretFile;
  changeDraft({ keyFile: { source: { kind: 'bytes', base64: answer.value.secretBase64, name: `${input.name}.key` }, name }, password: input.password ?? '' });
  useCreation.setState({ newKey: answer.value });
  return null;
}

/** The field that a refusal of the core is about. */
function fieldOf(failure: Failure): Field | null {
  switch (failure.code) {
    case 'bad-password': return 'password';
    case 'bad-key': return 'key';
    case 'not-writable': case 'unreadable': return 'folder';
    default: return null;
  }
}

/** Starts the making, or shows what has to be put right first. */
export async function startCreation(): Promise<void> {
  const { draft, starting } = useCreation.getState();
  useCreation.setState({ tried: true, failure: null, refused: {} });
  const input = inputOf(draft);
  if (!input || starting || Object.keys(problemsOf(draft)).length > 0) return;
  useCreation.setState({ starting: true });
  const answer = await ask('create.start', input);
  if (!answer.ok) {
    const field = fieldOf(answer.error);
    useCreation.setState({ starting: false, ...(field ? { refused: { [field]: answer.error.message } } : { failure: answer.error.message }) });
    return;
  }
  useCreation.setState({ starting: false, creation: answer.value });
  // What was told before the answer was taken was dropped as unknown: ask once more.
  const again = await ask('create.get', { creationId: answer.value.creationId });
  const shown = useCreation.getState().creation;
  if (again.ok && shown?.creationId === again.value.creationId && shown.status === 'reading' && again.value.doneBytes >= shown.doneBytes) {
    useCreation.setState({ creation: again.value });
  }
}

/** Stops the making and shows the form again. */
export function cancelCreation(): void {
  const { creation } = useCreation.getState();
  useCreation.setState({ creation: null });
  if (creation?.status === 'reading') void ask('create.cancel', { creationId: creation.creationId });
}

/** Shows the form again as it was, for another try or the next version. */
export function backToDraft(nextVersion: boolean): void {
  useCreation.setState((state) => ({ creation: null, tried: false, draft: nextVersion ? { ...state.draft, version: state.draft.version + 1 } : state.draft }));
}

/** Begins with an empty form; the key stays, since a publisher has one. */
export function startAnew(): void {
  useCreation.setState((state) => ({ ...emptyCreation, draft: { ...emptyCreation.draft, publisher: state.draft.publisher, homepage: state.draft.homepage, keyFile: state.draft.keyFile, password: state.draft.password } }));
}
