// Tells from the clock that a gateway sends with each answer whether it lost its mappings in between (was restarted).

interface Seen { atMs: number; epochSeconds: number }

export class GatewayEpoch {
  readonly #rule: 'nat-pmp' | 'pcp';
  readonly #now: () => number;
  #seen: Seen | null = null;
  /** How often it lost its mappings since it was first heard. */
  losses = 0;

  /** `now`: milliseconds of a clock that runs on through sleep. */
  constructor(rule: 'nat-pmp' | 'pcp', now: () => number) {
    this.#rule = rule;
    this.#now = now;
  }

  /** Notes the clock of an answer. */
  saw(epochSeconds: number): void {
    const before = this.#seen;
    const here = { atMs: this.#now(), epochSeconds };
    this.#seen = here;
    if (before !== null && (this.#rule === 'pcp' ? pcpLost(before, here) : natPmpLost(before, here))) this.losses++;
  }
}

/** RFC 6887, section 8.5: both clocks may differ by a sixteenth and two seconds. */
function pcpLost(before: Seen, here: Seen): boolean {
  if (here.epochSeconds < before.epochSeconds - 1) return true;
  const ours = (here.atMs - before.atMs) / 1000;
  const theirs = here.epochSeconds - before.epochSeconds;
  return ours + 2 < theirs - theirs / 16 || theirs + 2 < ours - ours / 16;
}

/** RFC 6886, section 3.6: it must have gone on by seven eighths of the time, two seconds forgiven. */
function natPmpLost(before: Seen, here: Seen): boolean {
  return here.epochSeconds < before.epochSeconds + ((here.atMs - before.atMs) / 1000) * 7 / 8 - 2;
}
