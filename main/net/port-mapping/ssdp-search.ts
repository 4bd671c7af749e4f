// Searches the own networks for routers that speak UPnP: bounded in time, in answers looked at and in what is kept.
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { privateNetworks } from './own-networks.ts';
import type { OwnNetwork } from './own-networks.ts';
import { readSsdpAnswer } from './ssdp-answer.ts';
import type { SsdpLocation } from './ssdp-answer.ts';

const GROUP = '239.255.255.250';
const PORT = 1900;
const TARGETS = ['urn:schemas-upnp-org:device:InternetGatewayDevice:1', 'urn:schemas-upnp-org:device:InternetGatewayDevice:2'];
const SEARCHES_AT_MS = [0, 700];
const MAX_SOCKETS = 8;
const MAX_LOCATIONS = 8;
const MAX_FROM_ONE_HOST = 4;
/** More answers than this show that somebody floods: from then on only the default gateway is heard. */
const MAX_ANSWERS = 64;

export interface SsdpOptions {
  networks: OwnNetwork[];
  defaultGateway: string | null;
  /** How long answers are waited for. */
  windowMs: number;
  signal: AbortSignal;
  setTimer(run: () => void, ms: number): () => void;
  openSocket?: () => Socket;
}

/** Descriptions of routers, that of the default gateway first; at most 8. Ends after the window at the latest, early once the default gateway answered. */
export async function searchGateways(options: SsdpOptions): Promise<SsdpLocation[]> {
  const { networks, defaultGateway, signal, setTimer } = options;
  const found = new Map<string, SsdpLocation>();
  const heard = new Map<string, number>();
  let answers = 0;
  const sockets: Socket[] = [];
  const cancels: (() => void)[] = [];
  const open = options.openSocket ?? (() => createSocket({ type: 'udp4', reuseAddr: false }));
  await new Promise<void>((resolve) => {
    const listen = (datagram: Buffer, { address }: { address: string }): void => {
      const isGateway = address === defaultGateway;
      const count = (heard.get(address) ?? 0) + 1;
      if (++answers > MAX_ANSWERS && !isGateway) return;
      if (count > MAX_FROM_ONE_HOST) return;
      if (heard.size < MAX_ANSWERS || isGateway) heard.set(address, count);
      const location = readSsdpAnswer(datagram, address, networks, defaultGateway);
      if (!location) return;
      const key = `${location.host}:${location.port}${location.path}`;
      if (found.size < MAX_LOCATIONS || location.host === defaultGateway) found.set(key, location);
      // What else is there matters little then; the short wait lets a second description of the same router arrive.
      if (location.host === defaultGateway) cancels.push(setTimer(resolve, 200));
    };
    for (const network of privateNetworks(networks).slice(0, MAX_SOCKETS)) {
      const socket = open();
      sockets.push(socket);
      socket.on('error', () => undefined); // a network without multicast, or one that just went
      socket.on('message', listen);
      socket.bind(0, network.address, () => {
        try {
          socket.setMulticastInterface(network.address);
          socket.setMulticastTTL(2);
        } catch {
          return; // this network is gone again
        }
        const send = (): void => {
          for (const target of TARGETS) socket.send(searchMessage(target), PORT, GROUP, () => undefined);
        };
        for (const ms of SEARCHES_AT_MS) {
          if (ms === 0) send();
          else cancels.push(setTimer(send, ms));
        }
      });
    }
    cancels.push(setTimer(resolve, sockets.length === 0 ? 0 : options.windowMs));
    const stop = (): void => resolve();
    signal.addEventListener('abort', stop, { once: true });
    cancels.push(() => signal.removeEventListener('abort', stop));
    if (signal.aborted) resolve();
  });
  for (const cancel of cancels) cancel();
  for (const socket of sockets) {
    socket.removeAllListeners('message');
    socket.close();
  }
  const rank = ({ host }: SsdpLocation): number => (host === defaultGateway ? 0 : 1);
  return [...found.values()].sort((one, other) => rank(one) - rank(other)).slice(0, MAX_LOCATIONS);
}

/** M-SEARCH of the UPnP Device Architecture 1.1, section 1.3.2. */
export function searchMessage(target: string): Buffer {
  return Buffer.from(`M-SEARCH * HTTP/1.1\r\nHOST: ${GROUP}:${PORT}\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ${target}\r\n\r\n`, 'latin1');
}
