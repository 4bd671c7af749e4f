// Maps ports over IPv4, and opens the IPv6 firewall, with PCP (RFC 6887) on the default gateway.
import { createHmac } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { askGatewayByUdp, pcpSchedule } from './gateway-datagrams.ts';
import type { GatewayEpoch } from './gateway-epoch.ts';
import { MappingError } from './mapping-types.ts';
import type { MadeMapping, MappingClient, MappingState, WantedPort } from './mapping-types.ts';
import { PCP_OPCODE, pcpAnnounceRequest, pcpMapRequest, PROTOCOL_NUMBER, readPcpAnswer } from './pcp-messages.ts';
import type { PcpAnswer } from './pcp-messages.ts';

export interface PcpClientOptions {
  gateway: string;
  /** IPv4: the own address towards the gateway; IPv6: the own global address. */
  localAddress: string;
  leaseSeconds: number;
  timeoutMs: number;
  /** Nonces come from it, so that a program that was started again can renew and delete what it made before. */
  secret: Uint8Array;
  random(): number;
  /** Kept by the caller over new clients for the same gateway. */
  epoch: GatewayEpoch;
  signal: AbortSignal;
  ask?: typeof askGatewayByUdp;
}

export class PcpClient implements MappingClient {
  readonly method: 'pcp' | 'pcp-ipv6';
  readonly family: 4 | 6;
  readonly #options: PcpClientOptions;

  constructor(options: PcpClientOptions) {
    this.#options = options;
    this.family = isIPv4(options.localAddress) ? 4 : 6;
    this.method = this.family === 4 ? 'pcp' : 'pcp-ipv6';
  }

  /** Asks whether the gateway speaks PCP at all. @throws MappingError when it does not */
  async announce(): Promise<void> {
    // Any answer of PCP will do, even that it does not know this request.
    await this.#ask(pcpAnnounceRequest(this.#options.localAddress), ({ opcode }) => opcode === PCP_OPCODE.announce);
  }

  get localAddress(): string {
    return this.#options.localAddress;
  }

  get generation(): number {
    return this.#options.epoch.losses;
  }

  async open(want: WantedPort, previous: MadeMapping | null, onAttempt: (maybe: MadeMapping) => void): Promise<MadeMapping> {
    const { leaseSeconds, localAddress } = this.#options;
    const nonce = this.#nonce(want);
    const port = previous?.externalPort ?? want.internalPort;
    const base: MadeMapping = {
      method: this.method, protocol: want.protocol, internalAddress: localAddress, internalPort: want.internalPort, externalPort: port,
      externalAddress: null, lifetimeSeconds: leaseSeconds, confirmedBy: null, isOurs: true, handle: Buffer.from(nonce).toString('hex'), generation: this.generation,
    };
    onAttempt(base);
    const first = await this.#map(want, nonce, port, previous?.externalAddress ?? null, leaseSeconds);
    // There is no list to look into. A gateway that answers the same once more has at least kept it.
    const again = await this.#map(want, nonce, first.externalPort, first.externalAddress, leaseSeconds);
    const same = again.externalPort === first.externalPort && again.externalAddress === first.externalAddress;
    return { ...base, ...again, confirmedBy: same ? 'renewed' : null, generation: this.generation };
  }

  async check(made: MadeMapping): Promise<MappingState> {
    await this.announce();
    return this.generation === made.generation ? 'there' : 'gone';
  }

  async remove(made: MadeMapping): Promise<void> {
    const want = { ...made, description: '' };
    const nonce = Buffer.from(made.handle ?? '', 'hex');
    try {
      await this.#map(want, nonce, 0, null, 0);
    } catch (error) {
      if (!(error instanceof MappingError) || error.code === 'unreachable' || error.code === 'closed') throw error;
      // Some know openings of IPv6 only by half: they renew, but do not delete. Then it gets the shortest life that there is.
      await this.#map(want, nonce, made.externalPort, null, 1);
    }
  }

  async #map(
    want: WantedPort, nonce: Uint8Array, externalPort: number, externalAddress: string | null, lifetimeSeconds: number,
  ): Promise<{ externalPort: number; externalAddress: string; lifetimeSeconds: number }> {
    const { protocol, internalPort } = want;
    const message = pcpMapRequest({ clientAddress: this.#options.localAddress, nonce, protocol, internalPort, externalPort, externalAddress, lifetimeSeconds });
    const { result, map, ...answer } = await this.#ask(message, ({ opcode, map: given }) => (
      opcode === PCP_OPCODE.map && given !== null && given.protocol === PROTOCOL_NUMBER[protocol] && given.internalPort === internalPort
        && Buffer.compare(given.nonce, nonce) === 0
    ));
    if (result !== 0) throw refusal(result);
    if (map === null || (lifetimeSeconds > 0 && (map.externalPort === 0 || answer.lifetimeSeconds === 0))) {
      throw new MappingError('bad-answer', 'The answer of the router cannot be read. Restart it if this goes on.');
    }
    return { externalPort: map.externalPort, externalAddress: map.externalAddress, lifetimeSeconds: answer.lifetimeSeconds };
  }

  async #ask(message: Buffer, isAnswer: (answer: PcpAnswer) => boolean): Promise<PcpAnswer> {
    const { gateway, localAddress, timeoutMs, random, signal, ask = askGatewayByUdp } = this.#options;
    const answer = await ask({
      gateway, localAddress, message, signal, schedule: pcpSchedule(timeoutMs, random),
      read: (datagram) => {
        // A NAT-PMP gateway answers PCP with its own version and "unsupported version" (RFC 6887, appendix A).
        if (datagram.length >= 4 && datagram[0] !== 2 && datagram[1]! >= 128 && datagram[3] === 1) return 'other-version';
        const one = readPcpAnswer(datagram);
        return one && isAnswer(one) ? one : null;
      },
    });
    if (answer === 'other-version') throw new MappingError('not-supported', 'The router does not speak PCP.', 1);
    this.#options.epoch.saw(answer.epochSeconds);
    return answer;
  }

  #nonce({ protocol, internalPort }: WantedPort): Uint8Array {
    return createHmac('sha256', this.#options.secret).update(`${protocol} ${internalPort} ${this.#options.localAddress}`).digest().subarray(0, 12);
  }
}

function refusal(result: number): MappingError {
  const say = (code: MappingError['code'], sentence: string): MappingError => new MappingError(code, `${sentence} (PCP ${result})`, result);
  switch (result) {
    case 1: return say('not-supported', 'The router does not speak this version of PCP.');
    case 2: return say('not-allowed', 'The router does not allow programs to open ports, or another one has this port. Allow it in the settings of the router (PCP).');
    case 4: case 5: case 9: return say('not-supported', 'The router does not know this request.');
    case 7: return say('no-address', 'The router has no connection to the internet at the moment.');
    case 8: return say('no-address', 'The router has no address on the internet of its own, or no room for another open port.');
    case 10: return say('full', 'The router does not give this device any more open ports.');
    case 11: return say('conflict', 'The router cannot give this port.');
    case 12: return say('refused', 'The router sees another address of this device than it has: there is one more router or a VPN in between.');
    default: return say('refused', 'The router refused to open the port.');
  }
}
