// Decides when a complete package has been shared enough.

export type SeedingGoal = { kind: 'none' } | { kind: 'ratio'; ratio: number } | { kind: 'time'; minutes: number };

export interface Shared {
  uploadedBytes: number;
  /** What the ratio is taken over: bytes fetched, or the size when everything was already here. */
  baseBytes: number;
  /** Time spent complete and serving, in ms. */
  sharedMs: number;
}

/** Given over got; 0 when nothing was got. */
export function ratio(shared: Pick<Shared, 'uploadedBytes' | 'baseBytes'>): number {
  return shared.baseBytes > 0 ? shared.uploadedBytes / shared.baseBytes : 0;
}

/** Whether the goal is reached; `none` never is. */
export function goalReached(goal: SeedingGoal, shared: Shared): boolean {
  switch (goal.kind) {
    case 'none':
      return false;
    case 'ratio':
      return shared.baseBytes > 0 && ratio(shared) >= goal.ratio;
    case 'time':
      return shared.sharedMs >= goal.minutes * 60_000;
  }
}
