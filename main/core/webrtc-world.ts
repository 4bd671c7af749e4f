// What connections through WebRTC need of this program: whom they may ask, and the user's own servers.
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Settings } from '../../contract/index.ts';
import type { RelayServer } from '../engine/ice-servers.ts';
import type { RelayState } from '../engine/webrtc-policy.ts';
import type { WebrtcWorld } from '../engine/webtorrent-webrtc.ts';
import { isPublicAddress } from '../metainfo/address-rules.ts';
import { checkTurn } from '../net/diagnosis/turn.ts';
import { pinnedLookup } from '../net/pinned-lookup.ts';

const RELAY_STATES: ReadonlySet<unknown> = new Set<RelayState>(['ok', 'wrong-password', 'refused', 'no-answer', 'bad-answer']);
const CHECK_MS = 10_000;

/** @param own the user's servers; none is asked before the user agreed to that */
export function webrtcWorld(allowPrivate: () => boolean, own: () => Settings['diagnosis']): WebrtcWorld {
  const mayAsk = (address: string): boolean => allowPrivate() || isPublicAddress(address);
  return {
    lookup: pinnedLookup(mayAsk),
    mayAsk,
    resolve: async (host) => {
      if (isIP(host) !== 0) return mayAsk(host) ? host : null;
      const found = await lookup(host, { all: true }).catch(() => []);
      if (found.length === 0 || !found.every(({ address }) => mayAsk(address))) return null;
      return (found.find(({ family }) => family === 4) ?? found[0]!).address;
    },
    checkRelay: async ({ host, port, username, credential }) => {
      const { facts } = await checkTurn(
        { server: { host, port }, username: username ?? '', password: credential ?? '', family: isIP(host) === 6 ? 6 : 4, transport: 'udp' }, AbortSignal.timeout(CHECK_MS),
      );
      return RELAY_STATES.has(facts.state) ? facts.state as RelayState : 'bad-answer';
    },
    ownServers: () => {
      const { consent, servers } = own();
      if (!consent) return { stun: [], turn: [] };
      return {
        stun: servers.stun.map((address) => withScheme('stun', address)),
        turn: servers.turn.map(({ address, username, password }): RelayServer => ({ url: withScheme('turn', address), username, credential: password })),
      };
    },
  };
}

function withScheme(scheme: string, address: string): string {
  return /^(?:stuns?|turns?):/i.test(address) ? address : `${scheme}:${address}`;
}
