// Asks the host where a finished file can be played.
import type { Answer, Output, PackageId } from '../../contract/index.ts';
import { ask } from '../bridge/bridge.ts';

/** An address of this host that answers range requests; only complete, checked files have one. */
export const mediaUrl = (id: PackageId, index: number): Promise<Answer<Output<'host.mediaUrl'>>> => ask('host.mediaUrl', { id, index });
