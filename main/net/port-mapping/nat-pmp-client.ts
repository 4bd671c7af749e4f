// Maps ports with NAT-PMP (RFC 6886) on the default gateway.
import { askGatewayByUdp, natPmpSchedule } from './gateway-datagrams.ts';
import type { GatewayEpoch } from './gateway-epoch.ts';
import { MappingError } from './mapping-types.ts';
import type { MadeMapping, MappingClient, MappingState, WantedPort } from './mapping-types.ts';
import { natPmpAddressRequest, natPmpMapRequest, readNatPmpAnswer } from './nat-pmp-messages.ts';
import type { NatPmpAnswer } from './nat-pmp-messages.ts';

export interface NatPmpClientOptions {
  gateway: string;
  localAddress: string;
  leaseSeconds: number;
  timeoutMs: number;
  /** Kept by the caller over new clients for the same gateway. */
  epoch: GatewayEpoch;
  signal: AbortSignal;
  ask?: typeof askGatewayByUdp;
}

export class NatPmpClient implements MappingClient {
  readonly method = 'nat-pmp';
  readonly family = 4;
  readonly #options: NatPmpClientOptions;

  constructor(options: NatPmpClientOptions) {
    this.#options = options;
  }

  /** The router's address on the internet; null when it has none. @throws MappingError when it does not speak NAT-PMP */
  async externalAddress(): Promise<string | null> {
    const answer = await this.#ask(natPmpAddressRequest(), (one) => one.kind === 'address');
    // "Network failure": it speaks NAT-PMP, but its line has no address.
    if (answer.result !== 0 && answer.result !== 3) throw refusal(answer.result);
    return answer.kind === 'address' ? answer.address : null;
  }

  get localAddress(): string {
    return this.#options.localAddress;
  }

  get generation(): number {
    return this.#options.epoch.losses;
  }

  async open(want: WantedPort, previous: MadeMapping | null, onAttempt: (maybe: MadeMapping) => void): Promise<MadeMapping> {
    const { leaseSeconds } = this.#options;
    const made = (externalPort: number, lifetimeSeconds: number, confirmedBy: MadeMapping['confirmedBy']): MadeMapping => ({
      method: 'nat-pmp', protocol: want.protocol, internalAddress: this.#options.localAddress, internalPort: want.internalPort, externalPort,
      externalAddress: null, lifetimeSeconds, confirmedBy, isOurs: true, handle: null, generation: this.generation,
    });
    const wanted = previous?.externalPort ?? want.internalPort;
    onAttempt(made(wanted, leaseSeconds, null));
    const first = await this.#map(want, wanted, leaseSeconds);
    // There is no list to look into. A gateway that answers the same once more has at least kept it.
    const again = await this.#map(want, first.externalPort, leaseSeconds);
    return made(again.externalPort, again.lifetimeSeconds, again.externalPort === first.externalPort ? 'renewed' : null);
  }

  async check(made: MadeMapping): Promise<MappingState> {
    await this.externalAddress();
    return this.generation === made.generation ? 'there' : 'gone';
  }

  async remove(made: MadeMapping): Promise<void> {
    await this.#map({ ...made, description: '' }, 0, 0);
  }

  async #map(want: WantedPort, externalPort: number, lifetimeSeconds: number): Promise<Extract<NatPmpAnswer, { kind: 'mapping' }>> {
    const { protocol, internalPort } = want;
    const answer = await this.#ask(natPmpMapRequest(protocol, internalPort, externalPort, lifetimeSeconds), (one) => (
      one.kind === 'mapping' && one.protocol === protocol && (one.internalPort === internalPort || one.result !== 0)
    ));
    if (answer.result !== 0) throw refusal(answer.result);
    if (answer.kind !== 'mapping' || (lifetimeSeconds > 0 && (answer.externalPort === 0 || answer.lifetimeSeconds === 0))) {
      throw new MappingError('bad-answer', 'The answer of the router cannot be read. Restart it if this goes on.');
    }
    return answer;
  }

  async #ask(message: Buffer, isAnswer: (answer: NatPmpAnswer) => boolean): Promise<Exclude<NatPmpAnswer, { kind: 'other-version' }>> {
    const { gateway, localAddress, timeoutMs, signal, ask = askGatewayByUdp } = this.#options;
    const answer = await ask({
      gateway, localAddress, message, signal, schedule: natPmpSchedule(timeoutMs),
      read: (datagram) => {
        const one = readNatPmpAnswer(datagram);
        return one && (one.kind === 'other-version' || isAnswer(one)) ? one : null;
      },
    });
    if (answer.kind === 'other-version') throw new MappingError('not-supported', 'The router does not speak NAT-PMP.', 1);
    this.#options.epoch.saw(answer.epochSeconds);
    return answer;
  }
}

function refusal(result: number): MappingError {
  const say = (code: MappingError['code'], sentence: string): MappingError => new MappingError(code, `${sentence} (NAT-PMP ${result})`, result);
  switch (result) {
    case 1: return say('not-supported', 'The router does not speak this version of NAT-PMP.');
    case 2: return say('not-allowed', 'The router does not allow programs to open ports. Allow it in the settings of the router (NAT-PMP), or open the port by hand.');
    case 3: return say('no-address', 'The router has no address on the internet of its own, so it cannot open a port.');
    case 4: return say('full', 'The router has no room for another open port. Remove some in the settings of the router, or restart it.');
    case 5: return say('not-supported', 'The router does not know this request.');
    default: return say('refused', 'The router refused to open the port.');
  }
}
