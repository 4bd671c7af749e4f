// Finds out how this computer is reached: asks, runs, breaks off, exports; and keeps what was put aside in this window's storage.
import type { CheckId, Connectivity, DiagnosisServers, Verdict } from '../../contract/index.ts';
import { ask } from '../bridge/bridge.ts';
import { text } from '../i18n.ts';
import { useConnectivity } from '../stores/connectivity-store.ts';
import { useSession } from '../stores/session-store.ts';
import { toClipboard, toFile } from './clipboard.ts';
import { showFailure, showNotice } from './notices.ts';
import { changeSettings } from './settings.ts';
import { showPage } from './view.ts';

const storageName = 'flashswarm.connectivity';
const keptDismissals = 50;

/** Storage may be missing or full: what was put aside then lasts as long as the window. */
function remember(): void {
  const { declined, dismissed } = useConnectivity.getState();
  try {
    localStorage.setItem(storageName, JSON.stringify({ declined, dismissed: dismissed.slice(-keptDismissals) }));
  } catch { /* as above */ }
}

function recall(): void {
  try {
    const kept = JSON.parse(localStorage.getItem(storageName) ?? '{}') as { declined?: unknown; dismissed?: unknown };
    const dismissed = Array.isArray(kept.dismissed) ? kept.dismissed.filter((one) => typeof one === 'string') : [];
    useConnectivity.setState({ declined: kept.declined === true, dismissed });
  } catch { /* as above */ }
}

export function takeReport(report: Connectivity): void {
  useConnectivity.setState({ report, failure: null });
}

/** Asks for the report; later changes come as events. */
export async function loadConnectivity(): Promise<void> {
  recall();
  await askForReport();
}

async function askForReport(): Promise<void> {
  const answer = await ask('connectivity.get', {});
  if (answer.ok) takeReport(answer.value);
  else useConnectivity.setState({ failure: answer.error.message });
}

/** Runs all checks. */
export async function runChecks(): Promise<void> {
  const answer = await ask('connectivity.run', {});
  if (!answer.ok) showFailure(answer.error);
}

/** Breaks one check off, or all that run. */
export async function cancelChecks(check?: CheckId): Promise<void> {
  const answer = await ask('connectivity.cancel', check ? { check } : {});
  if (!answer.ok) showFailure(answer.error);
}

/** Whether servers outside may be asked; what was not allowed is remembered, so that it is not asked for again. */
export async function setConsent(consent: boolean): Promise<boolean> {
  const { settings } = useSession.getState();
  if (!settings) return false;
  const done = await changeSettings({ diagnosis: { ...settings.diagnosis, consent } });
  if (!done) return false;
  useConnectivity.setState((state) => ({ declined: !consent, report: state.report && { ...state.report, consent } }));
  remember();
  return true;
}

/** Answers the question before the first run, and runs. */
export async function answerConsent(consent: boolean): Promise<void> {
  if (await setConsent(consent)) await runChecks();
}

/** Changes which servers are asked, one kind at a time. */
export async function changeServers(part: Partial<DiagnosisServers>): Promise<boolean> {
  const { settings } = useSession.getState();
  if (!settings) return false;
  const done = await changeSettings({ diagnosis: { ...settings.diagnosis, servers: { ...settings.diagnosis.servers, ...part } } });
  // The report lists the servers, and tells of them only when it is asked.
  if (done) void askForReport();
  return done;
}

/** Tells one verdict from another, for what is said once. */
export const verdictKey = ({ reach, means, action }: Verdict): string => `${reach} ${means} ${action.kind}`;

/** Closes the banner of this verdict for good. */
export function dismissVerdict(verdict: Verdict): void {
  useConnectivity.setState((state) => ({ dismissed: [...state.dismissed.filter((one) => one !== verdictKey(verdict)), verdictKey(verdict)] }));
  remember();
}

export const openConnectivity = (): void => showPage('connectivity');

/** Copies words and says so. */
export async function copyWords(words: string): Promise<void> {
  if (await toClipboard(words)) showNotice('info', text('connectivity.copied'));
  else showNotice('problem', text('connectivity.notCopied'));
}

/** Copies the report without private data, as text or as JSON. */
export async function copyReport(format: 'text' | 'json'): Promise<void> {
  const answer = await ask('connectivity.export', { format });
  if (answer.ok) await copyWords(answer.value.text);
  else showFailure(answer.error);
}

/** Saves the report without private data: where the dialog says, or as the browser does. */
export async function saveReport(): Promise<void> {
  if (useSession.getState().host?.can.saveReport) {
    const answer = await ask('host.saveReport', { format: 'json' });
    if (!answer.ok) return showFailure(answer.error);
    if (answer.value.saved) showNotice('info', text('connectivity.saved'));
    return;
  }
  const answer = await ask('connectivity.export', { format: 'json' });
  if (!answer.ok) return showFailure(answer.error);
  toFile('flashswarm-connectivity.json', answer.value.text, 'application/json');
}

/** Opens the sign-in page of a hotel or a café in the system's browser. */
export async function openSignInPage(): Promise<void> {
  const answer = await ask('host.openSignInPage', {});
  if (!answer.ok) showFailure(answer.error);
}

/** Opens the router's own page in the system's browser. */
export async function openRouterPage(): Promise<void> {
  const answer = await ask('host.openRouterPage', {});
  if (!answer.ok) showFailure(answer.error);
}
