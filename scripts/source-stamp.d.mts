/** One hash over path, size and modification time of everything that a build reads. */
export function sourceStamp(root: string): string;
export function isBuilt(root: string): boolean;
/** @param stamp taken before the build began */
export function markBuilt(root: string, stamp: string): void;
