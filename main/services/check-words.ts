// Chooses the word by which the interface finds the sentence for what a check of the network found.
import type { Check, CheckId } from '../../contract/index.ts';
import { troubleOf } from './outside-checks.ts';

/** The word that chooses the sentence: the finding where there are several kinds of it, else the outcome. */
export function saysOf(id: CheckId, outcome: Check['outcome'], facts: Check['facts']): string {
  const trouble = troubleOf({ outcome, facts });
  if (trouble) return trouble.trouble;
  const word = (name: string): string | null => (typeof facts[name] === 'string' ? facts[name] : null);
  switch (id) {
    case 'nat': return facts.udp === 'blocked' ? 'udp-blocked' : word('mapping') ?? outcome;
    case 'nat-layers': return word('layers') ?? outcome;
    case 'mapping': return outcome === 'problem' ? word('error') ?? 'problem' : outcome;
    case 'gateway': return facts.talks === true ? 'talks' : facts.talks === false ? 'silent' : outcome;
    case 'vpn': return facts.vpn === true ? 'vpn' : outcome === 'warning' ? 'proxy' : outcome;
    case 'turn': return word('state') ?? outcome;
    case 'path-mtu': return outcome === 'problem' ? 'black-hole' : outcome;
    case 'latency': return facts.bloated === true ? 'bloated' : outcome;
    default: return outcome;
  }
}
