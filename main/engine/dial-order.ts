// In which order possible peers are dialled: the publisher's own seeds, then neighbours, then whoever failed least and is freshest.

export interface Dialable {
  /** Named by the publisher as a trusted seed. */
  seeder: boolean;
  /** See own-place.ts; smaller is nearer. */
  nearness: number;
  failures: number;
  /** Milliseconds of the same clock for all. */
  addedAtMs: number;
}

/** A neighbour that failed this often in a row is no better than anybody. */
const PATIENCE_WITH_NEIGHBOURS = 3;

/** For `sort`: negative when `one` is dialled before `other`. */
export function inDialOrder(one: Dialable, other: Dialable): number {
  if (one.seeder !== other.seeder) return one.seeder ? -1 : 1;
  return compare(rank(one), rank(other)) || one.failures - other.failures || other.addedAtMs - one.addedAtMs;
}

function rank({ nearness, failures }: Dialable): number {
  return failures < PATIENCE_WITH_NEIGHBOURS ? nearness : Infinity;
}

function compare(one: number, other: number): number {
  return one === other ? 0 : one < other ? -1 : 1; // infinity minus infinity is no number
}
