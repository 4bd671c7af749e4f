// Somebody at home who shares: accepts TCP and answers the DHT on one port (its argument). With a word after it, plays a web server instead.
import { createServer as createWebServer } from 'node:http';
import { createServer } from 'node:net';

const [port = '6881', role = 'peer'] = process.argv.slice(2);

if (role === 'peer') {
  const { default: DHT } = await import('bittorrent-dht') as unknown as { default: new (options: object) => { listen(port: number): void } };
  new DHT({ bootstrap: false }).listen(Number(port));
  createServer((socket) => socket.on('error', () => {}).resume()).listen(Number(port), '::');
} else {
  createWebServer((_, answer) => {
    if (role === 'exact') answer.end('success\n');
    else if (role === 'redirect') answer.writeHead(302, { location: 'http://192.168.1.1:8080/login' }).end();
    else answer.setHeader('content-type', 'text/html').end('<html>Welcome to the hotel. Please sign in.</html>');
  }).listen(Number(port), '::');
}
process.stdout.write('ready\n');
