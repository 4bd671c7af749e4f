// How the router treats UDP: which address others see, whether it is the same for everybody, who may answer, and whether UDP passes at all.
import { randomBytes } from 'node:crypto';
import type { CheckResult, IpFamily, ServerAddress } from './check-types.ts';
import { isPublicAddress } from '../address-rules.ts';
import { mappingBehaviour } from './nat-mapping.ts';
import type { Sighting } from './nat-mapping.ts';
import { resolveServer } from './resolve-server.ts';
import { runCheck } from './run-check.ts';
import type { Finding } from './run-check.ts';
import { sourceAddressTowards } from './source-address.ts';
import { StunSocket } from './stun.ts';
import type { BindingAnswer } from './stun.ts';
import { tryTcp } from './tcp-try.ts';

/** Who may send to a mapped port (RFC 5780, section 4.4): everybody, whoever's address was spoken to, or only that address and port. */
export type NatFiltering = 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent' | 'unknown';

export interface NatBehaviourContext {
  family: IpFamily;
  /** STUN servers; two with different addresses, or one that offers a second address (RFC 5780). At most four are asked. */
  stunServers: ServerAddress[];
  /** Something that accepts TCP, to tell blocked UDP from no connection at all. */
  tcpServers?: ServerAddress[];
  /** The own address to ask from; the system's choice unless told. */
  localAddress?: string;
}

type Place = { address: string; port: number };

const DEADLINE_MS = 8_000;
const MAX_SERVERS = 4;
const SHORT = { sends: 2, firstWaitMs: 350 };

/**
 * Facts: `udp` (`open`, `blocked`, `unknown`), `mapping`, `filtering`, `hairpin` (true, false, null), `externalAddress`, `externalPort`, `localAddress`,
 * `localPort`, `portPreserved`, `secondExternalAddress` (when servers see different ones), `serversAsked`, `serversAnswered`, `tcpWorks`.
 * `ok`: others can be reached directly; `warning`: the address differs for each; `problem`: UDP does not pass.
 */
export function checkNatBehaviour(context: NatBehaviourContext, signal: AbortSignal): Promise<CheckResult> {
  return runCheck('nat', DEADLINE_MS, signal, async (inner): Promise<Finding> => {
    const { family } = context;
    const tcpWorks = anyTcp(context.tcpServers ?? [], family, inner);
    const servers = await resolveAll(context.stunServers, family);
    if (servers.length === 0) return { outcome: 'unknown', facts: { reason: 'no-server', udp: 'unknown', tcpWorks: await tcpWorks } };
    const localAddress = context.localAddress ?? await sourceAddressTowards(servers[0]!.address);
    if (localAddress === null) return { outcome: 'unknown', facts: { reason: 'no-route', udp: 'unknown', tcpWorks: await tcpWorks } };
    const socket = await StunSocket.open({ family, address: localAddress }, inner);
    const local = { address: localAddress, port: socket.localPort };
    const first = await askAll(socket, servers, inner);
    const firstAnswer = first.find(({ answer }) => answer !== null);
    const base = { localAddress, localPort: local.port, serversAsked: servers.length, serversAnswered: first.filter(({ answer }) => answer !== null).length };
    if (!firstAnswer) {
      const works = await tcpWorks;
      return { outcome: works === true ? 'problem' : 'unknown', facts: { ...base, udp: works === true ? 'blocked' : 'unknown', tcpWorks: works } };
    }
    const reflexive = firstAnswer.answer!.mapped;
    const withOther = first.find(({ answer }) => answer?.other && isUsableOther(answer.other, servers[0]!.address));
    const [more, filtering, hairpin] = await Promise.all([
      withOther ? askAll(socket, otherPlaces(withOther.server, withOther.answer!.other!), inner, SHORT) : [],
      withOther ? filteringBehaviour(context, localAddress, withOther.server, inner) : 'unknown' as const,
      hairpins(context, localAddress, socket, reflexive, firstAnswer.server, inner),
    ]);
    const sightings: Sighting[] = [...first, ...more].map(({ server, answer }) => ({ server, mapped: answer?.mapped ?? null }));
    const mapping = mappingBehaviour(local, sightings);
    const second = sightings.find(({ mapped }) => mapped !== null && mapped.address !== reflexive.address)?.mapped?.address ?? null;
    return {
      outcome: mapping === 'direct' || mapping === 'endpoint-independent' ? 'ok' : mapping === 'unknown' ? 'unknown' : 'warning',
      facts: {
        ...base, udp: 'open', mapping, filtering, hairpin, externalAddress: reflexive.address, externalPort: reflexive.port,
        portPreserved: reflexive.port === local.port, secondExternalAddress: second, tcpWorks: await tcpWorks,
      },
    };
  });
}

async function resolveAll(servers: ServerAddress[], family: IpFamily): Promise<Place[]> {
  const found = await Promise.all(servers.slice(0, MAX_SERVERS).map((server) => resolveServer(server, family)));
  const places = found.filter((place) => place !== null);
  return places.filter((place, i) => places.findIndex((other) => other.address === place.address && other.port === place.port) === i);
}

async function anyTcp(servers: ServerAddress[], family: IpFamily, signal: AbortSignal): Promise<boolean | null> {
  if (servers.length === 0) return null;
  const places = (await Promise.all(servers.slice(0, MAX_SERVERS).map((server) => resolveServer(server, family)))).filter((place) => place !== null);
  const tries = await Promise.all(places.map(({ address, port }) => tryTcp({ host: address, port }, 3_000, signal)));
  return tries.some(({ outcome }) => outcome === 'connected' || outcome === 'refused');
}

function askAll(
  socket: StunSocket, servers: Place[], signal: AbortSignal, retry: { sends?: number; firstWaitMs?: number } = {},
): Promise<{ server: Place; answer: BindingAnswer | null }[]> {
  return Promise.all(servers.map(async (server) => ({ server, answer: await socket.binding(server, signal, retry) })));
}

// A server may name any address as its other one: inside the own network, only a server that is there itself may.
const isUsableOther = (other: Place, server: string): boolean => isPublicAddress(other.address) || !isPublicAddress(server);

function otherPlaces(server: Place, other: Place): Place[] {
  return [
    { address: server.address, port: other.port }, { address: other.address, port: server.port }, { address: other.address, port: other.port },
  ].filter(({ address, port }) => address !== server.address || port !== server.port);
}

// A fresh socket that has spoken to one address and port alone: what else gets through shows who may.
async function filteringBehaviour(context: NatBehaviourContext, address: string, server: Place, signal: AbortSignal): Promise<NatFiltering> {
  const socket = await StunSocket.open({ family: context.family, address }, signal);
  if (await socket.binding(server, signal, SHORT) === null) return 'unknown';
  const [fromOther, fromOtherPort] = await Promise.all([
    socket.binding(server, signal, { ...SHORT, changeAddress: true, changePort: true }), socket.binding(server, signal, { ...SHORT, changePort: true }),
  ]);
  void socket.close();
  return fromOther ? 'endpoint-independent' : fromOtherPort ? 'address-dependent' : 'address-and-port-dependent';
}

// Both sockets send to each other's outside address, so that a router that lets in only who was spoken to is not mistaken for one without loopback.
async function hairpins(
  context: NatBehaviourContext, address: string, socket: StunSocket, mapped: Place, server: Place, signal: AbortSignal,
): Promise<boolean | null> {
  if (mapped.address === address) return null; // nothing is translated
  const other = await StunSocket.open({ family: context.family, address }, signal);
  const otherMapped = (await other.binding(server, signal, SHORT))?.mapped;
  if (!otherMapped) return null;
  const word = randomBytes(16);
  return new Promise<boolean>((resolve) => {
    let sent = 0;
    const settle = (seen: boolean): void => {
      clearInterval(timer);
      void other.close();
      resolve(seen);
    };
    const send = (): void => {
      if (signal.aborted || sent++ === 3) return settle(false);
      other.send(word, mapped);
      socket.send(word, otherMapped);
    };
    for (const one of [socket, other]) one.onOther((bytes) => word.equals(bytes) && settle(true));
    const timer = setInterval(send, 250);
    send();
  });
}
