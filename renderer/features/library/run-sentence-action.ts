// Carries out the one action beside a sentence.
import type { PackageId } from '../../../contract/index.ts';
import { moveToFront, recheck, resume, shareAgain } from '../../actions/packages.ts';
import { openDialog, openSettings, selectOnly, showDetail } from '../../actions/view.ts';
import type { SentenceAction } from '../../sentences.ts';

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
    case 'move': return openDialog({ kind: 'move', id });
  }
}
