// Points in time as people give them on the command line.
import { UsageError } from '../headless/starter.ts';
import { parseRfc3339 } from '../package/rfc3339.ts';

const unitMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * Epoch ms from `2026-12-01T18:00:00Z`, `2026-12-01T18:00+01:00`, `2026-12-01` (its beginning in UTC), or `90d`, `12h`, `30m`, `2w` from now.
 * A time without a zone is refused: the publisher's clock is not everybody's. @throws {UsageError}
 */
export function parseTime(text: string, option: string, nowMs: number): number {
  const span = /^\+?(\d{1,6})([mhdw])$/.exec(text);
  if (span) return nowMs + Number(span[1]) * unitMs[span[2]!]!;
  const whole = text.replace(/^(\d{4}-\d{2}-\d{2})$/, '$1T00:00:00Z').replace(/^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(Z|[+-]\d{2}:\d{2})$/, '$1:00$2');
  const time = parseRfc3339(whole);
  if (time === null) throw new UsageError(`${option} wants a time such as 2026-12-01T18:00:00Z (with its zone), a day, or a span such as 90d, not "${text}".`);
  return time;
}
