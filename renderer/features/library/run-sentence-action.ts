// Carries out the one action beside a sentence.
import type { PackageId } from '../../../contract/index.ts';
import { checkUpdate, moveToFront, openFolder, recheck, resume, shareAgain } from '../../actions/packages.ts';
import { openDialog, openSettings, selectOnly, showDetail } from '../../actions/view.ts';
import type { SentenceAction } from '../../sentences.ts';
import { useSession } from '../../stores/session-store.ts';

/** Opens what is ready: its folder where the host can show one, else the list of its files. */
function openPackage(id: PackageId): void {
  if (useSession.getState().host?.can.openFolder) void openFolder(id);
  else showDetail(id, 'files');
}

export function runSentenceAction(action: SentenceAction, id: PackageId): void {
  selectOnly(id);
  switch (action) {
    case 'resume': case 'retry': return void resume([id]);
    case 'recheck': return void recheck([id]);
    case 'add-tracker': return showDetail(id, 'trackers');
    case 'choose-files': return showDetail(id, 'files');
    case 'change-limit': return openSettings('speed');
    case 'share-again': return void shareAgain(id);
    case 'move-to-front': return void moveToFront(id);
    case 'open': return openPackage(id);
    case 'details': return showDetail(id, 'overview');
    case 'check-update': return void checkUpdate(id);
    case 'move': return openDialog({ kind: 'move', id });
  }
}
