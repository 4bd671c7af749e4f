// One line that uploads leave by: what it carries is measured and paced by itself, so that the own network and the internet never wait for one another.
import { UplinkPacer } from './uplink-pacer.ts';
import { UploadScheduler } from './upload-scheduler.ts';
import type { UploadLimit } from './upload-scheduler.ts';

export interface UploadLine { readonly pacer: UplinkPacer; readonly scheduler: UploadScheduler }

/** The line to the internet, and the own network: whose limits and pace are not the line's. */
export interface UploadLines { readonly internet: UploadLine; readonly local: UploadLine }

const NO_LIMIT: UploadLimit = { open: true, waitMs: 0, take: () => {} };

/**
 * @param now milliseconds
 * @param limit of the line to the internet
 * @param setTimer runs something once after some milliseconds
 * @param ablate policies left out, to measure what they bring
 */
export function uploadLines(
  now: () => number, limit: UploadLimit, setTimer: (run: () => void, ms: number) => void, ablate: ReadonlySet<string> = new Set(),
): UploadLines {
  const line = (lineLimit: UploadLimit): UploadLine => {
    const pacer = new UplinkPacer(now, ablate);
    return { pacer, scheduler: new UploadScheduler(pacer, lineLimit, setTimer, ablate) };
  };
  return { internet: line(limit), local: line(NO_LIMIT) };
}

/** By which of them what is sent to a peer leaves. */
export function lineTo({ isLocal }: { isLocal: boolean }, lines: UploadLines): UploadLine {
  return isLocal ? lines.local : lines.internet;
}
