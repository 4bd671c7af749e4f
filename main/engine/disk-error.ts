// What can go wrong with a disk, as a code for programs and a sentence for people.

export type DiskErrorCode = 'disk-full' | 'not-writable' | 'files-missing' | 'file-changed' | 'internal';

export class DiskError extends Error {
  readonly code: DiskErrorCode;

  constructor(code: DiskErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DiskError';
    this.code = code;
  }
}

/** Translates an error of the file system; `path` is what was being used. */
export function toDiskError(error: unknown, path: string): DiskError {
  if (error instanceof DiskError) return error;
  const code = (error as NodeJS.ErrnoException | null)?.code ?? 'unknown';
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new DiskError('disk-full', 'The disk is full. Free some space, then resume.', { cause: error });
    case 'EFBIG':
      return new DiskError('not-writable', `This disk cannot hold a file as large as ${path}. Choose another one.`, { cause: error });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new DiskError('not-writable', `Flashswarm may not write to ${path}. Change its permissions or move the download.`, { cause: error });
    case 'ELOOP':
      return new DiskError('not-writable', `${path} is a link to another place. Flashswarm does not write through links.`, { cause: error });
    case 'ENOTDIR':
    case 'EISDIR':
    case 'EEXIST':
      return new DiskError('not-writable', `Something else is already where ${path} should be. Move it away, then resume.`, { cause: error });
    case 'ENOENT':
    case 'ENODEV':
    case 'ENXIO':
      return new DiskError('files-missing', `${path} is not there any more. Bring it back, or check the files again.`, { cause: error });
    default:
      return new DiskError('internal', `The disk reports a fault (${code}) with ${path}.`, { cause: error });
  }
}
