// Every policy that the engine can be started without (see docs/flash-crowd.md), for the benches that measure what each brings.

export const POLICIES: readonly string[] = [
  'sent-map', 'piece-serial', 'least-sent-first', 'slow-start', 'early-slots', 'pacing', 'one-owner', 'take-over', 'end-game', 'first-pieces', 'claims', 'source-policy', 'give-way', 'smoothing', 'thresholds', 'nearness', 'taker-windows',
];
/** Of these, those that decide what a server is asked for: they change nothing in a crowd without one. */
export const SERVER_POLICIES: readonly string[] = ['claims', 'source-policy', 'give-way', 'smoothing', 'thresholds'];
/** How slots are given: they make a difference only in large crowds or beside foreign clients, so that no ablation tries them unasked. */
const SLOT_POLICIES: readonly string[] = ['choker-slots', 'trade-slots', 'many-slots'];

/** What a command line leaves out. @param text policies with commas between @throws Error with a sentence: a name that means nothing would measure nothing */
export function readPolicies(text: string | undefined, option: string): string[] {
  const names = (text ?? '').split(',').filter(Boolean);
  const known = [...POLICIES, ...SLOT_POLICIES];
  for (const name of names) if (!known.includes(name)) throw new Error(`${option} ${name}: it is one of ${known.join(', ')}.`);
  return names;
}
