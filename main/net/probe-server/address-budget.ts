// How much each address may ask for: a bucket of tokens for each, for a bounded number of addresses.
import { isIPv6 } from 'node:net';

export interface BudgetOptions {
  /** What an address may ask for at once. */
  burst: number;
  perSecond: number;
  maxAddresses?: number;
  /** Milliseconds. */
  now?: () => number;
}

interface Bucket { tokens: number; filledAt: number }

export class AddressBudget {
  readonly #options: Required<BudgetOptions>;
  // In the order of last use, so that the first is the one to forget.
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: BudgetOptions) {
    this.#options = { maxAddresses: 20_000, now: () => performance.now(), ...options };
  }

  /** Takes so much from the budget of an address; false, and nothing taken, when there is not enough. */
  take(address: string, amount = 1): boolean {
    const { burst, perSecond, maxAddresses, now } = this.#options;
    const key = budgetKey(address);
    const at = now();
    const known = this.#buckets.get(key);
    const tokens = known ? Math.min(burst, known.tokens + ((at - known.filledAt) * perSecond) / 1000) : burst;
    const isEnough = tokens >= amount;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: isEnough ? tokens - amount : tokens, filledAt: at });
    if (this.#buckets.size > maxAddresses) this.#buckets.delete(this.#buckets.keys().next().value!);
    return isEnough;
  }

  get size(): number {
    return this.#buckets.size;
  }
}

/** Who counts as one: an IPv4 address, or a whole /64 of IPv6, as one household has as many addresses as it likes. */
export function budgetKey(address: string): string {
  if (!isIPv6(address)) return address;
  const plain = address.replace(/%.*$/, '').toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain);
  if (mapped) return mapped[1]!;
  const [head = '', tail] = plain.split('::');
  const first = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = tail === undefined ? first : [...first, ...Array<string>(Math.max(0, 8 - first.length - rest.length)).fill('0'), ...rest];
  return `${groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
