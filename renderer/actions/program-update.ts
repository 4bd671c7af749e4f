// Newer versions of the program: what the host knows, looking now, and taking one.
import { ask } from '../bridge/bridge.ts';
import { useSession } from '../stores/session-store.ts';
import { showFailure } from './notices.ts';

export async function loadProgramUpdate(): Promise<void> {
  const answer = await ask('host.update', {});
  if (answer.ok) useSession.setState({ programUpdate: answer.value });
}

/** How it went is in the state: it is shown where it was asked for. */
export async function checkProgramUpdate(): Promise<void> {
  const answer = await ask('host.checkProgramUpdate', {});
  if (answer.ok) useSession.setState({ programUpdate: answer.value });
  else showFailure(answer.error);
}

/** Fetches it, restarts into it, or opens the page to get it by hand: whatever is next. */
export async function installProgramUpdate(): Promise<void> {
  const answer = await ask('host.installProgramUpdate', {});
  if (answer.ok) useSession.setState({ programUpdate: answer.value });
  else showFailure(answer.error);
}
