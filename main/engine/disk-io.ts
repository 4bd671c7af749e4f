// Positional reads and writes that finish what the system call left over.
import type { FileHandle } from 'node:fs/promises';
import { DiskError } from './disk-error.ts';

/** Fills `target`. Throws DiskError `file-changed` when the file ends before. */
export async function readFully(file: FileHandle, target: Uint8Array, position: number, path: string): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await file.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) throw new DiskError('file-changed', `${path} is shorter than it was. Check the files again.`);
    done += bytesRead;
  }
}

export async function writeFully(file: FileHandle, data: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await file.write(data, done, data.length - done, position + done);
    done += bytesWritten;
  }
}
