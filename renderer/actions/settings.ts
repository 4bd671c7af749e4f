// Changes settings; each change is sent as it is made.
import type { Input, Settings } from '../../contract/index.ts';
import { ask } from '../bridge/bridge.ts';
import { useSession } from '../stores/session-store.ts';
import { showFailure } from './notices.ts';

/** Sends a change. The interface shows it at once, and then what the core says; a folder is a handle, which only the core can name. */
export async function changeSettings(change: Input<'settings.update'>): Promise<boolean> {
  const { settings: before } = useSession.getState();
  const { downloadFolder: _, ...shown } = change;
  if (before) useSession.setState({ settings: { ...before, ...shown } });
  const answer = await ask('settings.update', change);
  if (answer.ok) useSession.setState({ settings: answer.value });
  else {
    useSession.setState({ settings: before });
    showFailure(answer.error);
  }
  return answer.ok;
}

/** Changes a part of the turtle settings and leaves the rest. */
export function changeTurtle(part: Partial<Settings['turtle']>): Promise<boolean> {
  const { settings } = useSession.getState();
  return settings ? changeSettings({ turtle: { ...settings.turtle, ...part } }) : Promise.resolve(false);
}

/** Asks the host how the program sits in the system; a host without a desktop has nothing to say. */
export async function loadIntegration(): Promise<void> {
  const answer = await ask('host.integration', {});
  if (answer.ok) useSession.setState({ integration: answer.value });
}

/** Changes how it sits in the system; what the system lets nobody change is said. */
export async function changeIntegration(change: Input<'host.setIntegration'>): Promise<void> {
  const answer = await ask('host.setIntegration', change);
  if (answer.ok) useSession.setState({ integration: answer.value });
  else showFailure(answer.error);
}
