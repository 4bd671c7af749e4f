// Keeps the stores in step with host and core: subscribes first, then asks, and asks again after every gap.
import type { OpenedLink, Payload } from '../../contract/index.ts';
import { setBridge, ask, type LinkState, type WindowBridge } from '../bridge/bridge.ts';
import { useDetail } from '../stores/detail-store.ts';
import { usePackages, withDelta, withSnapshot } from '../stores/packages-store.ts';
import { useCreation } from '../stores/creation-store.ts';
import { usePreview } from '../stores/preview-store.ts';
import { usePublishers } from '../stores/publishers-store.ts';
import { useSession } from '../stores/session-store.ts';
import { useView } from '../stores/view-store.ts';
import { offer, openAdd, pickTorrent } from './add.ts';
import { takeReport } from './connectivity.ts';
import { takeFigures } from './figures.ts';
import { showNotice } from './notices.ts';
import { loadProgramUpdate } from './program-update.ts';
import { goToPackage, openDialog, openSettings, showPage, watchDetail } from './view.ts';

/** What was heard while a snapshot was under way: an event may overtake the answer, which is then older. */
let meanwhile: Payload<'packages.changed'>[] = [];
/** How soon the snapshot is asked for again while the core is not there; its own event usually comes first. */
const RETRY_MS = 1000;
/** Counts the gaps, so that an answer that was asked for before one is not taken after it. */
let round = 0;
let loaded = false;

/** Asks for everything. A restarted core counts from anew, so what it says replaces what was there. */
async function refresh(): Promise<void> {
  const asked = ++round;
  meanwhile = [];
  loaded = false;
  const [info, snapshot] = await Promise.all([ask('host.info', {}), ask('session.snapshot', {})]);
  if (asked !== round) return;
  if (info.ok) useSession.setState({ host: info.value });
  if (info.ok && info.value.kind === 'desktop') void loadProgramUpdate();
  if (!snapshot.ok) {
    // A window that opened before its core: the news that it is up brings the next question, or else the time.
    if (useSession.getState().link !== 'open') return;
    if (snapshot.error.code === 'core-down') useSession.setState((state) => ({ core: state.core === 'up' ? 'starting' : state.core }));
    setTimeout(() => { if (asked === round) void refresh(); }, RETRY_MS);
    return;
  }
  useSession.setState({ core: 'up', coreMessage: null });
  usePackages.setState((state) => withSnapshot({ ...state, seq: Math.min(state.seq, snapshot.value.seq) }, snapshot.value));
  for (const delta of meanwhile) usePackages.setState((state) => withDelta(state, delta));
  meanwhile = [];
  loaded = true;
  useSession.setState({ settings: snapshot.value.settings });
  forgetRemoved();
  const shown = useView.getState().detail;
  if (shown) void watchDetail(shown);
  if (info.ok && info.value.pending.length > 0) await takePending();
}

/** A library that the engine has not spoken of yet is shown as it was when the program ended. */
async function showLastKnown(): Promise<void> {
  const last = await ask('host.lastKnown', {});
  const known = last.ok ? last.value : null;
  if (!known || usePackages.getState().seq >= 0) return;
  useSession.setState({ settings: known.settings });
  usePackages.setState((state) => withSnapshot(state, known));
}

async function takePending(): Promise<void> {
  const pending = await ask('host.takePending', {});
  if (pending.ok) for (const one of pending.value) takeOpened(one);
}

/** What the system asked to open goes to the Add dialog; what the host refused is said. */
function takeOpened(opened: OpenedLink): void {
  if ('refused' in opened) showNotice('problem', `${opened.refused} (${opened.label})`);
  else offer(opened);
}

/** A menu, the tray or a notification asks for something that the window shows. */
function show(asked: Payload<'window.asked'>): void {
  if (useView.getState().dialog.kind !== 'none' && asked.do !== 'show') return; // one thing at a time
  switch (asked.do) {
    case 'show': return goToPackage(asked.id);
    case 'add': case 'add-link': return openAdd();
    case 'add-file': return void pickTorrent();
    case 'create': return showPage('create');
    case 'settings': return openSettings();
    case 'find':
      showPage('library');
      return void requestAnimationFrame(() => document.getElementById('search')?.focus());
    case 'keys': return openDialog({ kind: 'shortcuts' });
  }
}

/** Lets go of packages that are no longer there. */
function forgetRemoved(): void {
  const { byId } = usePackages.getState();
  useView.setState((view) => {
    const selected = new Set([...view.selected].filter((id) => byId.has(id)));
    return {
      selected: selected.size === view.selected.size ? view.selected : selected,
      active: view.active && byId.has(view.active) ? view.active : null,
      detail: view.detail && byId.has(view.detail) ? view.detail : null,
    };
  });
}

function linkChanged(link: LinkState): void {
  useSession.setState({ link });
  if (link === 'open') void refresh();
}

/** Connects the stores to a bridge, for the life of the window. @returns when the stores hold what a desktop knows without its engine */
export async function startSession(bridge: WindowBridge): Promise<void> {
  setBridge(bridge);
  bridge.on('packages.changed', (delta) => {
    if (!loaded) {
      meanwhile.push(delta);
      return;
    }
    usePackages.setState((state) => withDelta(state, delta));
    if (delta.removed.length > 0) forgetRemoved();
  });
  bridge.on('settings.changed', (settings) => useSession.setState({ settings }));
  bridge.on('preview.changed', (preview) => usePreview.setState((state) =>
    (state.preview?.previewId === preview.previewId ? { preview, failure: preview.error } : {})));
  bridge.on('detail.changed', (detail) => {
    if (detail.id === useView.getState().detail) useDetail.setState({ detail });
  });
  bridge.on('figures.changed', takeFigures);
  bridge.on('publishers.changed', (publishers) => usePublishers.setState({ publishers, failure: null }));
  bridge.on('create.changed', (creation) => useCreation.setState((state) =>
    (state.creation?.creationId === creation.creationId ? { creation } : {})));
  bridge.on('connectivity.changed', takeReport);
  bridge.on('core.state', ({ state, error }) => {
    const before = useSession.getState().core;
    useSession.setState({ core: state, coreMessage: error?.message ?? null });
    if (state === 'up' && before !== 'up') void refresh();
  });
  bridge.on('host.updateChanged', (programUpdate) => useSession.setState({ programUpdate }));
  bridge.on('links.opened', takeOpened);
  bridge.on('window.asked', show);
  bridge.onLink(linkChanged);
  if (window.flashswarm) await showLastKnown();
}
