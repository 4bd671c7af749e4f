// Which files of a package can be played, and in which order the parts of a live event follow each other.
import type { FileEntry, Layer } from '../../../contract/index.ts';

const PLAYABLE = /\.(mp4|m4v|webm|mkv|mov|ts|mp3|ogg|wav|opus|flac|m4a)$/i;

type File = Pick<FileEntry, 'path' | 'length' | 'bytesDone' | 'check'>;

export const isMedia = (file: Pick<File, 'path'>): boolean => PLAYABLE.test(file.path);

/** Complete, and not known to be other than what the publisher signed. */
export const isComplete = (file: File): boolean => file.length > 0 && file.bytesDone >= file.length && file.check !== 'wrong' && file.check !== 'waiting';

export const canPlay = (file: File): boolean => isMedia(file) && isComplete(file);

/** The media files of a live event's parts, in the order of the parts; complete or not. */
export function playlistOf<F extends FileEntry>(files: readonly F[], layers: readonly Pick<Layer, 'id' | 'segment'>[]): F[] {
  const segment = new Map(layers.flatMap((layer) => (layer.segment === null ? [] : [[layer.id, layer.segment] as const])));
  return files
    .filter((file) => segment.has(file.layer) && isMedia(file))
    .sort((a, b) => (segment.get(a.layer) ?? 0) - (segment.get(b.layer) ?? 0) || a.index - b.index);
}
