// Waits for the file list of a source.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Preview, Source } from '../../contract/index.ts';
import { CliError } from './exit-codes.ts';
import type { Session } from './session.ts';

const lookEveryMs = 250;

/** The preview once its file list is there; waits for people as long as it takes unless told. @throws {CliError} */
export async function previewOf(session: Session, source: Source, folder?: string, withinMs = Number.POSITIVE_INFINITY): Promise<Preview> {
  const giveUpAt = Date.now() + withinMs;
  let preview = await session.ask('previews.open', { source, folder });
  while (preview.status === 'asking') {
    if (Date.now() > giveUpAt) throw new CliError('timeout', `Nobody sent the file list within ${Math.round(withinMs / 1000)} seconds.`);
    await sleep(lookEveryMs);
    try {
      preview = await session.ask('previews.get', { previewId: preview.previewId });
    } catch (error) {
      // A core that was started again knows no previews.
      if ((error as { code?: string }).code !== 'not-found') throw error;
      preview = await session.ask('previews.open', { source, folder });
    }
  }
  if (preview.status === 'failed') throw new CliError(preview.error?.code ?? 'internal', preview.error?.message ?? 'This cannot be opened.');
  return preview;
}
