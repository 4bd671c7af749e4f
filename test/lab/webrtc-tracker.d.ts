// The tracker's own server, as far as the lab uses it; the library carries no types.
declare module 'bittorrent-tracker' {
  import type { EventEmitter } from 'node:events';
  import type { Server as HttpServer } from 'node:http';
  import type { WebSocketServer } from 'ws';
  export class Server extends EventEmitter {
    constructor(options: { udp: boolean; http: boolean; ws: false | { noServer: true }; stats: boolean });
    readonly http: HttpServer;
    readonly ws: WebSocketServer;
  }
}
