// A tracker as operators run one, over http and secure web sockets, as a process of its own for the lab.
import { createServer } from 'node:https';
import { Server } from 'bittorrent-tracker';

const { host, httpPort, wssPort, certificate, key } = JSON.parse(process.argv[2]!) as { host: string; httpPort: number; wssPort: number; certificate: string; key: string };
// Two, because one would take a client that announces in both ways for one in the first way alone.
const plain = new Server({ udp: false, http: true, ws: false, stats: false });
const tracker = new Server({ udp: false, http: false, ws: { noServer: true }, stats: false });
for (const one of [plain, tracker]) {
  one.on('error', (error: Error) => process.stderr.write(`${error.message}\n`));
  one.on('warning', (error: Error) => process.stderr.write(`${error.message}\n`));
}
const secure = createServer({ cert: certificate, key });
secure.on('upgrade', (request, socket, head) => tracker.ws.handleUpgrade(request, socket, head, (opened: unknown) => tracker.ws.emit('connection', opened, request)));
secure.listen(wssPort, host);
plain.http.listen(httpPort, host, () => process.stdout.write('{"listening":true}\n'));
