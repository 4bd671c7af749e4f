// Keeps one port open over one family of addresses: makes the mapping, renews it, looks after it, makes it anew, removes it.
import { addressClass } from '../address-rules.ts';
import type { AddressClass } from '../address-rules.ts';
import { MappingError, toMappingError } from './mapping-types.ts';
import type { IpFamily, MadeMapping, MappingClient, MappingErrorCode, MappingLog, MappingMethod, MappingState, WantedPort } from './mapping-types.ts';

/** What is known of one port over IPv4 or IPv6. */
export interface PortMapping {
  protocol: 'tcp' | 'udp';
  family: IpFamily;
  internalPort: number;
  /** null while there is no mapping. */
  externalPort: number | null;
  /** The address on the internet as the gateway names it; null: not known, or it has none. */
  externalAddress: string | null;
  /** Anything but `public` means that the port is open on an address that the internet does not reach. */
  externalAddressKind: AddressClass | null;
  method: MappingMethod | null;
  /** Whether the gateway was seen to have it. */
  confirmed: boolean;
  confirmedBy: 'listed' | 'renewed' | null;
  /** Milliseconds since 1970; null: no mapping, or one without an end. */
  expiresAt: number | null;
  /** False: it was there already, made by hand for instance, and is left as it is. */
  isOurs: boolean;
  error: { code: MappingErrorCode; message: string } | null;
}

export interface KeeperTiming {
  /** Between two looks whether the gateway still has the mapping. */
  recheckMs: number;
  /** Waits after failures: from, doubled up to. */
  retryFromMs: number;
  retryUpToMs: number;
  /** No gateway is asked to renew more often. */
  renewAtLeastMs: number;
}

export interface KeeperOptions { timing: KeeperTiming; now(): number; random(): number; log: MappingLog }

/** Of several reasons the first of these is told: it says most about what to do. */
const TELLING: readonly MappingErrorCode[] = ['not-allowed', 'no-address', 'full', 'conflict', 'refused', 'stolen', 'vanished', 'bad-answer', 'unreachable', 'not-supported', 'no-gateway'];
const MAX_ATTEMPTS_KEPT = 8;
const JITTER = 0.1;

export class MappingKeeper {
  readonly want: WantedPort;
  readonly family: IpFamily;
  readonly #options: KeeperOptions;
  #made: MadeMapping | null = null;
  #client: MappingClient | null = null;
  #error: MappingError | null = null;
  #isConfirmed = false;
  #expiresAt = Infinity;
  #renewAt = Infinity;
  #checkAt = Infinity;
  #retryAt = 0;
  #failures = 0;
  /** Mappings that a gateway may have made although it never said so. */
  #maybeMade: { client: MappingClient; made: MadeMapping }[] = [];

  constructor(want: WantedPort, family: IpFamily, options: KeeperOptions) {
    this.want = want;
    this.family = family;
    this.#options = options;
  }

  state(externalAddress: string | null): PortMapping {
    const made = this.#made;
    const address = made && (made.externalAddress ?? (this.family === 4 ? externalAddress : null));
    return {
      protocol: this.want.protocol, family: this.family, internalPort: this.want.internalPort, externalPort: made?.externalPort ?? null,
      externalAddress: address, externalAddressKind: address === null ? null : addressClass(address), method: made?.method ?? null,
      confirmed: made !== null && this.#isConfirmed, confirmedBy: made !== null && this.#isConfirmed ? made.confirmedBy : null,
      expiresAt: made === null || made.lifetimeSeconds === null ? null : this.#expiresAt, isOurs: made?.isOurs ?? false,
      error: this.#error && { code: this.#error.code, message: this.#error.message },
    };
  }

  /** Whether the gateway should be looked for again: there is no mapping, or the one there is cannot be asked about. */
  get wantsGateway(): boolean {
    return this.#made === null || this.#failures > 0;
  }

  /** When `step` has something to do next. */
  nextDueAt(): number {
    if (this.#made === null) return this.#retryAt;
    if (this.#client && this.#client.generation !== this.#made.generation) return 0;
    return this.#failures > 0 ? Math.min(this.#retryAt, this.#expiresAt) : Math.min(this.#renewAt, this.#checkAt, this.#expiresAt);
  }

  /** Lets the next step look at everything, without waiting. */
  recheck(): void {
    this.#checkAt = 0;
    this.#retryAt = 0;
    // What kept it from being made may be gone.
    this.#failures = 0;
  }

  /** Does what is due with the ways there are, the best first. Never throws. */
  async step(clients: readonly MappingClient[]): Promise<void> {
    const { now, log } = this.#options;
    const usable = clients.filter(({ family }) => family === this.family);
    if (this.nextDueAt() > now()) return;
    let before = this.#made;
    if (this.#made) {
      const client = usable.find(({ method, localAddress }) => method === this.#made!.method && localAddress === this.#made!.internalAddress) ?? null;
      this.#client = client ?? this.#client;
      if (!client) this.#lose('The router no longer offers the way in which the port was opened.');
      else if (client.generation !== this.#made.generation) this.#lose('The router was restarted.');
      else if (now() >= this.#expiresAt) this.#lose('The time of the mapping ran out.');
      else {
        const state = now() >= this.#renewAt ? 'due' : await this.#check(client);
        if (state === 'there' || state === 'silent') return;
        // A router that answers the question, but with a refusal, is asked to renew: its answer to that decides.
        if ((state === 'due' || state === 'refused') && await this.#renew(client)) return;
        if (state === 'stolen') before = null; // the port outside is somebody else's now: another one
      }
    }
    if (this.#made === null) await this.#open(usable, before);
    if (this.#made !== null && before?.externalPort !== (this.#made as MadeMapping).externalPort) {
      const { method, externalPort, confirmedBy } = this.#made as MadeMapping;
      log(`port mapping: ${this.want.protocol} ${this.want.internalPort} is open as ${externalPort} through ${method} (${confirmedBy ?? 'not confirmed'})`);
    }
  }

  /** Deletes whatever the gateway has of us. Never throws. */
  async remove(): Promise<void> {
    const known = this.#made && this.#client ? [{ client: this.#client, made: this.#made }] : [];
    const all = [...known, ...this.#maybeMade.filter(({ made }) => !known.some((one) => isSame(one.made, made)))];
    this.#made = null;
    this.#maybeMade = [];
    this.#retryAt = Infinity;
    await Promise.all(all.filter(({ made }) => made.isOurs).map(({ client, made }) => client.remove(made).catch((error: unknown) => {
      this.#options.log(`port mapping: ${made.protocol} ${made.externalPort} could not be closed: ${toMappingError(error).message}`);
    })));
  }

  async #check(client: MappingClient): Promise<MappingState | 'silent' | 'refused'> {
    try {
      const state = await client.check(this.#made!);
      if (state === 'there') {
        this.#isConfirmed = this.#made!.confirmedBy !== null;
        this.#error = null;
        this.#failures = 0;
        this.#checkAt = this.#soon(this.#options.timing.recheckMs);
      } else this.#lose(state === 'gone' ? 'The router lost the mapping.' : 'Another device took the port of the router.');
      return state;
    } catch (error) {
      this.#failed(error);
      return isSilence(error) ? 'silent' : 'refused';
    }
  }

  /** @returns whether there is a mapping still, renewed or not */
  async #renew(client: MappingClient): Promise<boolean> {
    try {
      this.#take(client, await client.open(this.want, this.#made, (maybe) => this.#attempted(client, maybe)));
      return true;
    } catch (error) {
      if (isSilence(error)) {
        this.#failed(error);
        return true;
      }
      this.#lose(toMappingError(error).message);
      return false;
    }
  }

  async #open(clients: readonly MappingClient[], before: MadeMapping | null): Promise<void> {
    const errors: MappingError[] = [];
    for (const client of clients) {
      try {
        const previous = before?.method === client.method && before.internalAddress === client.localAddress ? before : null;
        const made = await client.open(this.want, previous, (maybe) => this.#attempted(client, maybe));
        const former = this.#made as MadeMapping | null;
        if (former && this.#client && made.confirmedBy !== null) {
          // Routers keep one table for all ways of asking: deleting the same port would take away the new one, too.
          if (former.externalPort !== made.externalPort) await this.#client.remove(former).catch(() => undefined);
        } else if (former) {
          await client.remove(made).catch(() => undefined);
          continue;
        }
        this.#take(client, made);
        if (made.confirmedBy !== null) return;
      } catch (error) {
        errors.push(toMappingError(error));
      }
    }
    if (this.#made !== null) return;
    const telling = TELLING.map((code) => errors.find((error) => error.code === code)).find(Boolean);
    this.#failed(telling ?? new MappingError('no-gateway', this.family === 4
      ? 'No router that opens ports by itself was found. Switch on UPnP in the settings of the router, or open the port there by hand.'
      : 'No router that opens its IPv6 firewall by itself was found. Allow it in the settings of the router, or open the port there by hand.'));
  }

  #take(client: MappingClient, made: MadeMapping): void {
    const { timing: { renewAtLeastMs, recheckMs }, now } = this.#options;
    const lifeMs = made.lifetimeSeconds === null ? null : made.lifetimeSeconds * 1000;
    this.#made = made;
    this.#client = client;
    this.#isConfirmed = made.confirmedBy !== null;
    this.#error = null;
    this.#failures = 0;
    this.#expiresAt = lifeMs === null ? Infinity : now() + lifeMs;
    // What has no end is renewed as well: routers forget it all the same.
    this.#renewAt = this.#soon(Math.max((lifeMs ?? 3_600_000) / 2, renewAtLeastMs));
    this.#checkAt = this.#soon(recheckMs);
    this.#maybeMade = this.#maybeMade.filter((one) => !isSame(one.made, made));
  }

  #lose(reason: string): void {
    this.#options.log(`port mapping: ${this.want.protocol} ${this.want.internalPort}: ${reason}`);
    // It may be there all the same, behind a network that only stumbled: then it is removed in the end.
    if (this.#made && this.#client) this.#attempted(this.#client, this.#made);
    this.#made = null;
    this.#isConfirmed = false;
    this.#retryAt = 0;
  }

  #failed(error: unknown): void {
    const { timing: { retryFromMs, retryUpToMs } } = this.#options;
    this.#error = toMappingError(error);
    this.#isConfirmed = false;
    this.#retryAt = this.#soon(Math.min(retryFromMs * 2 ** Math.min(this.#failures, 20), retryUpToMs));
    this.#failures++;
    // While nobody answers it is tried again as soon as that; the check after it must not wait for the next turn.
    this.#checkAt = this.#retryAt;
  }

  #attempted(client: MappingClient, made: MadeMapping): void {
    this.#maybeMade = [...this.#maybeMade.filter((one) => !isSame(one.made, made)), { client, made }];
    if (this.#maybeMade.length > MAX_ATTEMPTS_KEPT) this.#maybeMade.shift();
  }

  #soon(ms: number): number {
    return this.#options.now() + ms * (1 - JITTER + 2 * JITTER * this.#options.random());
  }
}

function isSilence(error: unknown): boolean {
  return ['unreachable', 'closed'].includes(toMappingError(error).code);
}

function isSame(one: MadeMapping, other: MadeMapping): boolean {
  return one.method === other.method && one.externalPort === other.externalPort && one.internalAddress === other.internalAddress && one.handle === other.handle;
}
