// The bytes of an open file as the web's streams have them, for answers that are no Node responses.
import { ReadableStream } from 'node:stream/web';
import type { FileAnswer } from './file-answer.ts';

const chunkBytes = 256 * 1024;

/** Read as it is taken; the file is closed at its end and when nobody wants the rest. */
export function fileBody({ file, start, end }: NonNullable<FileAnswer['content']>): ReadableStream<Uint8Array> {
  let at = start;
  const close = () => file.close().catch(() => {});
  return new ReadableStream({
    async pull(controller) {
      try {
        const length = Math.min(chunkBytes, end + 1 - at);
        const { bytesRead, buffer } = await file.read(new Uint8Array(length), 0, length, at);
        if (bytesRead === 0) throw new Error('The file became shorter.');
        at += bytesRead;
        controller.enqueue(buffer.subarray(0, bytesRead));
        if (at <= end) return;
        await close();
        controller.close();
      } catch (error) {
        await close();
        controller.error(error);
      }
    },
    cancel: close,
  }, { highWaterMark: 0 });
}
