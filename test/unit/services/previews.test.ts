// What the Add dialog is told of a preview, in which order.
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import type { OpenPreview } from '../../../main/services/previews.ts';
import { describePreview } from '../../../main/services/previews.ts';

it('tells how a preview stands at the end of the telling, so that an answer is never older than the news before it', async () => {
  const preview: OpenPreview = {
    id: 'one', folder: tmpdir(), status: 'asking', error: null, metainfo: null, magnet: null, torrent: null, event: null, abort: new AbortController(),
  };
  const library = { findByInfoHash: () => undefined };
  const opening = {
    describe: () => {
      throw new Error('this is no event package');
    },
  };
  const answer = describePreview(preview, library, opening);
  preview.status = 'failed';
  preview.error = { code: 'timeout', message: 'Nobody answered.' };
  expect(await answer).toMatchObject({ previewId: 'one', status: 'failed', error: { code: 'timeout' }, freeBytes: expect.any(Number) });
});
