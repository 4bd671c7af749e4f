// A computer at home that plays a router and means harm: answers UPnP searches as its mode says, and counts what it is asked.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';

const [mode, own, outside] = process.argv.slice(2) as [string, string, string];
const IGD = 'urn:schemas-upnp-org:device:InternetGatewayDevice:1';
const asked: string[] = [];
let bodyBytes = 0;

const description = (control: string, base = ''): string => `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0">${base}<device>
<deviceType>${IGD}</deviceType><manufacturer>Bad &amp; Co</manufacturer><modelName>X</modelName><presentationURL>http://${outside}:8000/own</presentationURL>
<serviceList><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>${control}</controlURL><SCPDURL>/scpd</SCPDURL></service></serviceList>
</device></root>`;

const bomb = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">${'bcdefghij'.split('').map((name, index) => (
  `<!ENTITY ${name} "${`&${'abcdefghij'[index]};`.repeat(10)}">`)).join('')}]><root><device><deviceType>&j;</deviceType></device></root>`;

const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  response.on('error', () => undefined);
  if (mode === 'endless') {
    response.writeHead(200, { 'content-type': 'text/xml' });
    const block = Buffer.alloc(64 * 1024, '<a>');
    const pump = (): void => {
      while (!response.destroyed) {
        bodyBytes += block.length;
        if (!response.write(block)) return void response.once('drain', pump);
      }
    };
    return pump();
  }
  if (mode === 'slow') {
    response.writeHead(200, { 'content-type': 'text/xml' });
    const timer = setInterval(() => (response.destroyed ? clearInterval(timer) : response.write(' ')), 100);
    return undefined;
  }
  if (mode === 'redirect') return response.writeHead(302, { location: `http://${outside}:8000/` }).end();
  if (mode === 'bomb') return response.end(bomb);
  if (mode === 'control-outside') return response.end(description(`http://${outside}:8000/ctl`));
  if (mode === 'base-outside') return response.end(description('/ctl', `<URLBase>http://${outside}:8000/</URLBase>`));
  if (mode === 'deep') return response.end(`<root><device>${'<a>'.repeat(60_000)}`);
  if (mode === 'headers') {
    response.socket!.write('HTTP/1.1 200 OK\r\n');
    const line = `x-filler: ${'y'.repeat(8_000)}\r\n`;
    const timer = setInterval(() => (response.socket?.destroyed !== false ? clearInterval(timer) : response.socket.write(line)), 5);
    return undefined;
  }
  return response.writeHead(404).end();
});
server.on('connection', (socket) => socket.on('error', () => undefined));
server.listen(8080, own);

const socket = createSocket({ type: 'udp4', reuseAddr: true });
socket.on('message', (message, from) => {
  if (!message.toString('latin1').startsWith('M-SEARCH')) return;
  const answer = (location: string): void => socket.send(
    `HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nST: ${IGD}\r\nUSN: uuid:1::${IGD}\r\nEXT:\r\nLOCATION: ${location}\r\n\r\n`, from.port, from.address, () => undefined,
  );
  if (mode === 'outside') {
    for (const location of [
      `http://${outside}:8000/desc.xml`, 'http://router.example/desc.xml', `http://${outside}@${own}:8080/`, `ftp://${own}/`, 'http://127.0.0.1:8000/', 'http://[::1]/', 'x'.repeat(1_500),
      'http://192.168.1.10:8000/', 'http://192.168.1.255:8000/', 'http://192.168.7.1:8000/', `http://${own}:99999/`, 'http://169.254.169.254/latest/',
    ]) answer(location);
  } else if (mode === 'flood') for (let index = 0; index < 1_000; index++) answer(`http://${own}:8080/${index}.xml`);
  else answer(`http://${own}:8080/desc.xml`);
});
socket.bind(1900, () => {
  socket.addMembership('239.255.255.250', own);
  process.stdout.write('ready\n');
});
process.stdin.on('data', () => process.stdout.write(`${JSON.stringify({ asked, bodyBytes })}\n`));
