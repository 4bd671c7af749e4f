// The parts of WebTorrent and its libraries that the adapter touches; they carry no types of their own.
declare module 'webtorrent' {
  import type { EventEmitter } from 'node:events';
  import type { WebtorrentClient } from './webtorrent-types.ts';
  const WebTorrent: (new (options: Record<string, unknown>) => WebtorrentClient & EventEmitter) & { UTP_SUPPORT: boolean };
  export default WebTorrent;
}
declare module 'webtorrent/lib/peer.js' {
  import type { PeerClass } from './webtorrent-types.ts';
  const Peer: PeerClass;
  export default Peer;
}
declare module 'torrent-discovery' {
  import type { EventEmitter } from 'node:events';
  export default class Discovery extends EventEmitter {
    constructor(options: Record<string, unknown>);
    destroy(done?: () => void): void;
    lsd: { server?: EventEmitter } | null;
  }
}
declare module 'bittorrent-tracker' {
  import type { EventEmitter } from 'node:events';
  export class Client extends EventEmitter {
    constructor(options: Record<string, unknown>);
    start(options?: object): void;
    stop(options?: object): void;
    update(options?: object): void;
    complete(options?: object): void;
    destroy(done?: (error?: Error) => void): void;
    readonly _trackers: { interval: unknown; _request?: (...args: unknown[]) => unknown }[];
  }
}
declare module 'bittorrent-peerid' {
  export default function parsePeerId(id: string | Uint8Array): { client: string; version?: string } | undefined;
}

declare module 'bittorrent-dht' {
  import type { EventEmitter } from 'node:events';

  export class Client extends EventEmitter {
    constructor(options?: { bootstrap?: string[] | false });
    readonly destroyed: boolean;
    listen(port: number): void;
    lookup(infoHash: Uint8Array): void;
    addNode(node: { host: string; port: number; id?: Uint8Array }): void;
    destroy(done?: () => void): void;
  }
}
