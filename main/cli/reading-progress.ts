// Shows how far the reading of files is, on one line of a terminal.
import { formatBytes } from './format.ts';
import type { Report } from './report.ts';

const columns = 30;
const everyMs = 200;

/** For `onProgress`; `end` clears the line. Without a terminal nothing is shown. */
export function readingProgress(report: Pick<Report, 'json'>): { onProgress(doneBytes: number, totalBytes: number): void; end(): void } {
  let drawnAt = 0;
  return {
    onProgress(doneBytes, totalBytes) {
      if (report.json || Date.now() - drawnAt < everyMs) return;
      drawnAt = Date.now();
      process.stdout.write(`\r\x1b[K${readingLine(doneBytes, totalBytes)}`);
    },
    end() {
      if (drawnAt > 0) process.stdout.write('\r\x1b[K');
    },
  };
}

/** A bar, the share and the whole. */
export function readingLine(doneBytes: number, totalBytes: number): string {
  const share = totalBytes === 0 ? 1 : doneBytes / totalBytes;
  const full = Math.floor(share * columns);
  return `${'█'.repeat(full)}${'░'.repeat(columns - full)}  Reading, ${Math.floor(share * 100)} % of ${formatBytes(totalBytes)}`;
}
