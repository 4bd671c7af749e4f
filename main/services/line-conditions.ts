// What a host knows of the line and the power, and what the user wants to happen then: go on, at the lower limits, or not at all.
import type { Conditions, Settings } from '../../contract/index.ts';

type Wishes = Pick<Settings, 'onMetered' | 'onBattery'>;

export interface Consequence {
  /** Why nothing runs; null: it may. */
  held: 'metered' | 'battery' | null;
  /** The lower limits hold. */
  limited: boolean;
}

/** What costs money counts before what costs battery. */
export function consequenceOf({ metered, onBattery }: Conditions, wishes: Wishes): Consequence {
  const asked = [metered ? wishes.onMetered : 'go-on', onBattery ? wishes.onBattery : 'go-on'] as const;
  return { held: asked[0] === 'pause' ? 'metered' : asked[1] === 'pause' ? 'battery' : null, limited: asked.includes('limit') };
}
