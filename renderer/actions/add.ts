// Opens sources in the Add dialog, looks into them, and adds them.
import type { Input, PackageId, Source } from '../../contract/index.ts';
import { ask } from '../bridge/bridge.ts';
import { optionalOf, withRequired } from '../layers.ts';
import { emptyPreview, usePreview, type PreviewState } from '../stores/preview-store.ts';
import { useView, type Offer } from '../stores/view-store.ts';
import { showFailure, showNotice } from './notices.ts';
import { fileSource } from './pick-file.ts';
import { closeDialog, goToPackage, selectOnly } from './view.ts';
import { text } from '../i18n.ts';

/**
 * Shows something in the Add dialog, or lets it wait until that is free.
 * @param instead true where a person chose it just now: it takes the place of what the dialog shows
 */
export function offer(one: Offer, instead = false): void {
  useView.setState((view) => {
    if (!instead && view.dialog.kind === 'add' && (usePreview.getState().source ?? view.dialog.offer.source)) return { offers: [...view.offers, one] };
    return { dialog: { kind: 'add', offer: one }, pasted: null };
  });
}

export const openAdd = (): void => offer({ source: null, label: '' });

/** The size above which a file cannot be a sensible .torrent or package; reading it would only freeze the window. */
const MAX_TORRENT_BYTES = 32 * 1024 * 1024;

/** Offers files that were dropped or picked: the first at once, the others after it. */
export async function offerFiles(files: Iterable<File>): Promise<void> {
  let instead = true;
  for (const file of files) {
    if (file.size > MAX_TORRENT_BYTES) {
      showNotice('problem', text('add.fileTooLarge', { name: file.name }));
      continue;
    }
    try {
      offer({ source: await fileSource(file), label: file.name }, instead);
      instead = false;
    } catch {
      showNotice('problem', text('add.fileUnreadable', { name: file.name }));
    }
  }
}

/** Opens the host's own file dialog. */
export async function pickTorrent(): Promise<void> {
  const picked = await ask('host.pickTorrent', {});
  if (!picked.ok) showFailure(picked.error);
  else if (picked.value) offer({ source: { kind: 'handle', handle: picked.value.handle }, label: picked.value.name }, true);
}

function dropPreview(): void {
  const { preview } = usePreview.getState();
  if (preview) void ask('previews.close', { previewId: preview.previewId });
}

/** Looks into a source; null empties the dialog. What was looked at before is let go. */
export async function lookInto(source: Source | null): Promise<void> {
  dropPreview();
  const { folder } = usePreview.getState();
  usePreview.setState({ ...emptyPreview, folder, source, opening: source !== null });
  if (!source) return;
  const answer = await ask('previews.open', folder ? { source, folder: folder.handle } : { source });
  if (usePreview.getState().source !== source) {
    if (answer.ok) void ask('previews.close', { previewId: answer.value.previewId });
    return;
  }
  if (!answer.ok) {
    usePreview.setState({ opening: false, failure: answer.error });
    return;
  }
  usePreview.setState({ opening: false, preview: answer.value, failure: answer.value.error });
  // What the core learned between its answer and our taking it was dropped as unknown: ask once more.
  const again = await ask('previews.get', { previewId: answer.value.previewId });
  // An event may overtake an answer: what is known by now is not made unknown again.
  const shown = usePreview.getState().preview;
  if (again.ok && shown?.previewId === again.value.previewId && shown.status === 'asking') {
    usePreview.setState({ preview: again.value, failure: again.value.error });
  }
}

/** Takes another folder. A second preview, closed at once, tells how much room is there. */
export async function chooseFolder(folder: { handle: string; path: string }): Promise<void> {
  usePreview.setState({ folder: { ...folder, freeBytes: null }, addFailure: null });
  const { source } = usePreview.getState();
  if (!source) return;
  const probe = await ask('previews.open', { source, folder: folder.handle });
  if (!probe.ok) return;
  void ask('previews.close', { previewId: probe.value.previewId });
  usePreview.setState((state) => (state.folder?.handle === folder.handle ? { folder: { ...folder, freeBytes: probe.value.freeBytes } } : {}));
}

/** Chooses files or leaves them out. */
export function setSkipped(indexes: Iterable<number>, skip: boolean): void {
  usePreview.setState((state) => {
    const skipped = new Set(state.skipped);
    for (const index of indexes) {
      if (skip) skipped.add(index);
      else skipped.delete(index);
    }
    return { skipped };
  });
}

/** Closes the Add dialog without adding. */
export function cancelAdd(): void {
  dropPreview();
  usePreview.setState(emptyPreview);
  closeDialog();
}

/** Chooses an optional layer of an event package or leaves it out. */
export function chooseLayer(id: string, choose: boolean): void {
  usePreview.setState((state) => {
    const layers = new Set(state.layers ?? state.preview?.event?.layers.filter((layer) => layer.chosen).map((layer) => layer.id));
    if (choose) layers.add(id);
    else layers.delete(id);
    return { layers, addFailure: null };
  });
}

/** The layers of an event package that are fetched as things stand. */
export function wantedLayers(state: Pick<PreviewState, 'preview' | 'layers'>): Set<string> {
  const all = state.preview?.event?.layers ?? [];
  return withRequired(all, state.layers ?? new Set(all.filter((layer) => layer.chosen).map((layer) => layer.id)));
}

/** What an event package is added with: trust, layers and what was accepted. */
function eventChoices(state: PreviewState): Pick<Input<'packages.add'>, 'trust' | 'layers' | 'accept'> {
  const event = state.preview?.event;
  if (!event) return {};
  const wanted = wantedLayers(state);
  const accept = { ...(event.terms && state.acceptedTerms ? { terms: event.terms.digest } : {}), ...(event.regions && state.acceptedRegion ? { region: true } : {}) };
  return {
    ...(event.trust === 'first-use' && state.trust ? { trust: true } : {}),
    ...(wanted.size < event.layers.length ? { layers: optionalOf(event.layers, wanted) } : {}),
    ...(Object.keys(accept).length > 0 ? { accept } : {}),
  };
}

/** Installs the publisher's key from a file and looks into the same package again. */
export async function installKeyAndLook(key: Source): Promise<void> {
  const { source } = usePreview.getState();
  usePreview.setState({ opening: true });
  const installed = await ask('publishers.install', { source: key });
  if (usePreview.getState().source !== source) return;
  if (installed.ok) await lookInto(source);
  else usePreview.setState({ opening: false, addFailure: installed.error });
}

/** Closes the dialog and shows the package that is here already. */
export function showWhatIsHere(id: PackageId): void {
  cancelAdd();
  goToPackage(id);
}

/** Adds what the dialog shows; it may be started before its metadata is there. */
export async function addShown(paused: boolean, typed: string): Promise<void> {
  const state = usePreview.getState();
  const { preview, folder, skipped, source } = state;
  const from: Source | null = source ?? (typed ? { kind: 'link', link: typed } : null);
  if (!from) return;
  usePreview.setState({ adding: true, addFailure: null });
  const answer = await ask('packages.add', {
    ...(preview && preview.status !== 'failed' ? { previewId: preview.previewId } : { source: from }),
    ...(folder ? { folder: folder.handle } : {}),
    paused,
    ...(preview && skipped.size > 0
      ? { files: preview.files.map(({ index }) => ({ index, priority: skipped.has(index) ? 'skip' as const : 'normal' as const })) }
      : {}),
    ...eventChoices(state),
  });
  if (!answer.ok) {
    usePreview.setState({ adding: false, addFailure: answer.error });
    return;
  }
  usePreview.setState(emptyPreview);
  closeDialog();
  useView.setState({ page: 'library' });
  selectOnly(answer.value.id);
  if (answer.value.merged && !preview?.event) showNotice('info', text('add.merged'));
}
