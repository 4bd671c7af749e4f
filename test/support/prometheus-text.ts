// Reads Prometheus text (format 0.0.4) as strictly as a scraper: what is not as the format says is an error.
export interface Series { name: string; labels: Record<string, string>; value: number }
export interface PrometheusText { types: Map<string, string>; series: Series[] }

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|NaN|[+-]Inf)$/;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;

/** @throws Error naming the line that breaks the format, a series given twice, or one whose type comes too late */
export function readPrometheusText(text: string): PrometheusText {
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const series: Series[] = [];
  const seen = new Set<string>();
  if (text !== '' && !text.endsWith('\n')) throw new Error('The last line has no end.');
  for (const raw of text.split('\n')) {
    if (raw === '') continue;
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(raw);
    if (comment) {
      const [, what, name, rest] = comment as unknown as [string, string, string, string];
      if (what === 'HELP' ? helped.has(name) : types.has(name)) throw new Error(`Said twice: ${raw}`);
      if (what === 'HELP') helped.add(name);
      else types.set(name, rest);
      continue;
    }
    const found = line.exec(raw);
    if (!found) throw new Error(`Not a sample: ${raw}`);
    const [, name, inside, value] = found as unknown as [string, string, string | undefined, string];
    if (!types.has(name)) throw new Error(`Its type is not known: ${raw}`);
    if (types.get(name) === 'counter' && !name.endsWith('_total')) throw new Error(`A counter ends in _total: ${raw}`);
    const labels = readLabels(inside ?? '', raw);
    const identity = `${name}${JSON.stringify(Object.entries(labels).toSorted())}`;
    if (seen.has(identity)) throw new Error(`Given twice: ${raw}`);
    seen.add(identity);
    series.push({ name, labels, value: Number(value) });
  }
  return { types, series };
}

function readLabels(inside: string, raw: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (label.lastIndex = 0; label.lastIndex < inside.length;) {
    const found = label.exec(inside);
    if (!found) throw new Error(`Labels that cannot be read: ${raw}`);
    labels[found[1]!] = found[2]!.replace(/\\([\\"n])/g, (_, what: string) => (what === 'n' ? '\n' : what));
  }
  return labels;
}
