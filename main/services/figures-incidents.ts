// What happened to a package while it was delivered: the newest of each kind are kept, the oldest of the most common kind go first.
import type { Incident, IncidentKind } from '../../contract/index.ts';

const MAX_INCIDENTS = 500;
/** Two sides of one thing: where it is said already which one holds, saying so again is no news. */
const sides: Partial<Record<IncidentKind, IncidentKind>> = {
  'stalled': 'went-on', 'went-on': 'stalled', 'more-server': 'less-server', 'less-server': 'more-server', 'gentle-start': 'full-speed', 'full-speed': 'gentle-start',
};
/** Several layers of a package see the same thing in the same moment. */
const SAME_WITHIN_MS = 2000;

export class Incidents {
  readonly #list: Incident[];

  constructor(list: readonly Incident[] = []) {
    this.#list = list.slice(-MAX_INCIDENTS);
  }

  get list(): readonly Incident[] {
    return this.#list;
  }

  /** @param detail a host or a status; what looks like an address loses everything but its host */
  add(kind: IncidentKind, detail: string | null, at: number): void {
    const said = withoutPaths(detail);
    const other = sides[kind];
    if (other && this.#list.findLast((before) => before.kind === kind || before.kind === other)?.kind === kind) return;
    for (let i = this.#list.length - 1; i >= 0; i--) {
      const before = this.#list[i]!;
      if (before.at < at - SAME_WITHIN_MS) break;
      if (before.kind === kind && before.detail === said) return;
    }
    this.#list.push({ at, kind, detail: said });
    if (this.#list.length > MAX_INCIDENTS) this.#dropCommon();
  }

  #dropCommon(): void {
    const counts = new Map<IncidentKind, number>();
    for (const { kind } of this.#list) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const [common] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most));
    this.#list.splice(this.#list.findIndex(({ kind }) => kind === common), 1);
  }
}

/** A tracker's or server's path and query may hold a key that is one person's; its host is the publisher's. */
function withoutPaths(detail: string | null): string | null {
  return detail === null ? null : detail.replace(/\b[a-z][a-z0-9+.-]*:\/\/(?:[^\s/?#@]*@)?([^\s/?#]+)[^\s]*/gi, '$1').slice(0, 300);
}
