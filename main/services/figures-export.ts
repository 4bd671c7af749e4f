// Figures as files to hand on: JSON as it is, CSV with one line a point. Figures name nobody, so nothing has to be taken out.
import type { FiguresPoint, PackageFigures } from '../../contract/index.ts';

export const figuresJson = (figures: PackageFigures): string => `${JSON.stringify(figures, null, 2)}\n`;

/** With their units; people are connected people. */
const columns: [header: string, value: (point: FiguresPoint) => string | number][] = [
  ['time (UTC)', ({ at }) => new Date(at).toISOString()],
  ['from people (bytes/s)', ({ people }) => people],
  ['from servers (bytes/s)', ({ server }) => server],
  ['sent (bytes/s)', ({ upload }) => upload],
  ['connected (people)', ({ connected }) => connected],
  ['complete (people)', ({ complete }) => complete],
  ['helping (people)', ({ helping }) => helping],
  ['joined (people)', ({ joined }) => joined],
  ['left (people)', ({ left }) => left],
  ['rarest piece (copies)', ({ rarestCopies }) => rarestCopies],
  ['mean (copies)', ({ meanCopies }) => meanCopies],
  ['done (0 to 1)', ({ done }) => done],
];

/** RFC 4180: a header, CRLF at the end of each line. */
export function figuresCsv({ history }: PackageFigures): string {
  const lines = [columns.map(([header]) => header), ...history.points.map((point) => columns.map(([, value]) => String(value(point))))];
  return lines.map((fields) => `${fields.map(field).join(',')}\r\n`).join('');
}

/** One field, in quotes where it has to be. */
export const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
