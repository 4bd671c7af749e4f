// The outbound gate against real servers on this machine.
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { OutboundGate } from '../../../main/net/outbound-gate.ts';
import type { StreamOptions } from '../../../main/net/outbound-gate.ts';

const servers: Server[] = [];
const gates: OutboundGate[] = [];

afterEach(async () => {
  await Promise.all(gates.splice(0).map(gate => gate.close()));
  await Promise.all(servers.splice(0).map(server => new Promise<void>(done => {
    server.close(() => done());
    server.closeAllConnections();
  })));
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function gate(allowPrivate = true, resolve?: (name: string) => Promise<{ address: string; family: number }[]>): OutboundGate {
  const made = new OutboundGate({ allowPrivate, userAgent: 'Flashswarm/0', ...(resolve && { resolve }) });
  gates.push(made);
  return made;
}

describe('fetchBytes', () => {
  it('fetches a document and says who asks', async () => {
    const agents: (string | undefined)[] = [];
    const base = await serve((request, response) => {
      agents.push(request.headers['user-agent']);
      response.setHeader('content-type', 'text/plain');
      response.end('hello');
    });
    const { body, contentType, status } = await gate().fetchBytes(`${base}/x`);
    expect([Buffer.from(body).toString(), contentType, status, agents]).toEqual(['hello', 'text/plain', 200, ['Flashswarm/0']]);
  });

  it.each(['ftp://example.org/x', 'file:///etc/passwd', 'javascript:alert(1)', 'nonsense'])('refuses %s', async url => {
    await expect(gate().fetchBytes(url)).rejects.toMatchObject({ code: 'bad-scheme' });
  });

  it.each([[404], [403], [500], [304]])('reports status %i as an error', async status => {
    const base = await serve((_request, response) => { response.writeHead(status, { 'retry-after': '7' }).end(); });
    await expect(gate().fetchBytes(base)).rejects.toMatchObject({ code: 'bad-status', status, retryAfterSeconds: 7 });
  });

  it('asks only for what is newer than the copy at hand', async () => {
    const asked: (string | undefined)[][] = [];
    const base = await serve((request, response) => {
      asked.push([request.headers['if-none-match'], request.headers['if-modified-since']]);
      const marks = { 'etag': '"2"', 'last-modified': 'Wed, 21 Oct 2026 07:28:00 GMT', 'cache-control': 'max-age=60' };
      if (request.headers['if-none-match'] === '"2"') response.writeHead(304, marks).end();
      else response.writeHead(200, marks).end('new');
    });
    const first = await gate().fetchBytes(base, { conditional: { etag: '"1"', lastModified: null } });
    expect(first).toMatchObject({ status: 200, etag: '"2"', lastModified: 'Wed, 21 Oct 2026 07:28:00 GMT', maxAgeSeconds: 60, retryAfterSeconds: null });
    const second = await gate().fetchBytes(base, { conditional: first });
    expect(second).toMatchObject({ status: 304, body: new Uint8Array(), etag: '"2"', maxAgeSeconds: 60 });
    expect(asked).toEqual([['"1"', undefined], ['"2"', 'Wed, 21 Oct 2026 07:28:00 GMT']]);
    await expect(gate().fetchBytes(base, { conditional: { etag: null, lastModified: null } })).resolves.toMatchObject({ status: 200 });
  });

  it('refuses plain http where only https may be used, on private networks too', async () => {
    let asked = 0;
    const base = await serve((_request, response) => { asked++; response.end(); });
    await expect(gate(true).fetchBytes(base, { httpsOnly: true })).rejects.toMatchObject({ code: 'bad-scheme' });
    expect(asked).toBe(0);
  });

  it('stops at the size limit, announced or not', async () => {
    let sent = 0;
    const base = await serve((request, response) => {
      if (request.url === '/announced') return void response.writeHead(200, { 'content-length': '5000' }).end(Buffer.alloc(5000));
      const more = (): void => {
        while (!response.destroyed && sent < 50_000_000) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
    await expect(gate().fetchBytes(`${base}/announced`, { maxBytes: 4999 })).rejects.toMatchObject({ code: 'too-large' });
    await expect(gate().fetchBytes(`${base}/endless`, { maxBytes: 100_000 })).rejects.toMatchObject({ code: 'too-large' });
    expect(sent).toBeLessThan(50_000_000);
  });

  it('counts what a compressed answer unfolds to', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    const base = await serve((_request, response) => { response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb); });
    await expect(gate().fetchBytes(base, { maxBytes: 100_000 })).rejects.toMatchObject({ code: 'too-large' });
    expect((await gate().fetchBytes(base, { maxBytes: 20_000_000 })).body.length).toBe(20_000_000);
  });

  it('gives up when the server takes too long, before and amid the answer', async () => {
    const base = await serve((request, response) => { if (request.url === '/amid') response.writeHead(200).write('x'); });
    await expect(gate().fetchBytes(`${base}/never`, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'timeout' });
    await expect(gate().fetchBytes(`${base}/amid`, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'timeout' });
  });

  it('stops when told', async () => {
    const base = await serve(() => undefined);
    const stop = new AbortController();
    const fetching = gate().fetchBytes(base, { signal: stop.signal });
    stop.abort();
    await expect(fetching).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('says that nobody answers', async () => {
    const base = await serve(() => undefined);
    await new Promise<void>(done => servers.pop()!.close(() => done()));
    await expect(gate().fetchBytes(base)).rejects.toMatchObject({ code: 'unreachable' });
    const missing = gate(true, () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })));
    await expect(missing.fetchBytes('http://nowhere.example/')).rejects.toMatchObject({ code: 'unreachable' });
  });
});

describe('private addresses', () => {
  it.each([
    'http://127.0.0.1:1/', 'http://127.1/', 'http://2130706433/', 'http://[::1]/', 'http://[::ffff:127.0.0.1]/', 'http://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data', 'http://localhost:1/', 'http://0.0.0.0/', 'http://[fd00::1]/', 'http://100.64.0.1/',
  ])('are not asked: %s', async url => {
    await expect(gate(false).fetchBytes(url)).rejects.toMatchObject({ code: 'private-address' });
  });

  it('are asked from when the user allows it until the user does not', async () => {
    const base = await serve((_request, response) => { response.end(); });
    const changed = gate(false);
    const named = base.replace('127.0.0.1', 'localhost');
    changed.allowPrivate = true;
    await expect(changed.fetchBytes(base)).resolves.toMatchObject({ status: 200 });
    await expect(changed.fetchBytes(named)).resolves.toMatchObject({ status: 200 });
    changed.allowPrivate = false;
    // A connection that is still open from before is not used either.
    await expect(changed.fetchBytes(base)).rejects.toMatchObject({ code: 'private-address' });
    await expect(changed.fetchBytes(named)).rejects.toMatchObject({ code: 'private-address' });
  });

  it('are not asked under a public name, even when one of its addresses is public', async () => {
    let asked = 0;
    const base = await serve((_request, response) => { asked++; response.end(); });
    const addresses = [{ address: '127.0.0.1', family: 4 }, { address: '93.184.216.34', family: 4 }];
    const careful = gate(false, () => Promise.resolve(addresses));
    await expect(careful.fetchBytes(base.replace('127.0.0.1', 'rebind.example'))).rejects.toMatchObject({ code: 'private-address' });
    expect(asked).toBe(0);
  });

  it('connects to the address that was checked: a name is looked up once for a connection', async () => {
    let lookups = 0;
    const base = await serve((request, response) => { response.end(request.headers.host); });
    const lenient = gate(true, () => { lookups++; return Promise.resolve([{ address: '127.0.0.1', family: 4 }]); });
    const { body } = await lenient.fetchBytes(base.replace('127.0.0.1', 'name.example'));
    expect(Buffer.from(body).toString()).toMatch(/^name\.example:/);
    expect(lookups).toBe(1);
  });
});

describe('redirects', () => {
  const to = (location: string): RequestListener => (_request, response) => { response.writeHead(302, { location }).end(); };

  it('are followed, relative ones too', async () => {
    const base = await serve((request, response) => {
      if (request.url === '/a') response.writeHead(301, { location: '/b' }).end();
      else response.end(request.url);
    });
    const { body, url } = await gate().fetchBytes(`${base}/a`);
    expect([Buffer.from(body).toString(), url]).toEqual(['/b', `${base}/b`]);
  });

  it('are not followed without an end', async () => {
    let asked = 0;
    const base = await serve((_request, response) => { asked++; response.writeHead(302, { location: `/${asked}` }).end(); });
    await expect(gate().fetchBytes(base, { maxRedirects: 3 })).rejects.toMatchObject({ code: 'bad-redirect' });
    expect(asked).toBe(4);
  });

  it.each(['file:///etc/passwd', 'ftp://example.org/', 'http://'])('are not followed to %s', async location => {
    await expect(gate().fetchBytes(await serve(to(location)))).rejects.toMatchObject({ code: 'bad-redirect' });
  });

  it.each(['http://192.168.0.1/admin', 'http://inside.example/'])('are checked again: none leads to %s', async location => {
    const base = await serve(to(location));
    const strict = new OutboundGate({
      allowPrivate: false, userAgent: 'Flashswarm/0',
      // To this gate the test's server is a public one, and nothing else on this machine is.
      mayAsk: address => address === '127.0.0.1',
      resolve: () => Promise.resolve([{ address: '127.0.0.2', family: 4 }]),
    });
    gates.push(strict);
    await expect(strict.fetchBytes(base)).rejects.toMatchObject({ code: 'private-address' });
  });
});

describe('streamRange', () => {
  const content = Buffer.from(Array.from({ length: 1000 }, (_, i) => i & 255));
  const ranged = (request: IncomingMessage, response: ServerResponse): void => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')!.map(Number) as [number, number, number];
    response.writeHead(206, { 'content-range': `bytes ${from}-${to}/${content.length}` }).end(content.subarray(from, to + 1));
  };
  const collect = async (asking: OutboundGate, url: string, from: number, to: number, options: StreamOptions = {}): Promise<Buffer> => {
    const chunks: Uint8Array[] = [];
    await asking.streamRange(url, from, to, (bytes) => void chunks.push(Uint8Array.from(bytes)), options);
    return Buffer.concat(chunks);
  };

  it('fetches exactly the range', async () => {
    expect(await collect(gate(), await serve(ranged), 10, 109, { total: 1000 })).toEqual(content.subarray(10, 110));
  });

  it('takes a 200 only when it is all of what was asked for', async () => {
    const base = await serve((_request, response) => { response.writeHead(200, { 'content-length': '1000' }).end(content); });
    expect(await collect(gate(), base, 0, 999)).toEqual(content);
    expect(await collect(gate(), base, 0, 999, { total: 1000 })).toEqual(content);
    for (const [from, to, total] of [[0, 99], [10, 999], [0, 999, 2000]] as const) {
      await expect(collect(gate(), base, from, to, { total: total ?? 1000 })).rejects.toMatchObject({ code: 'bad-range', status: 200 });
    }
  });

  it.each([
    ['another range', 'bytes 0-99/1000', 100], ['less', 'bytes 10-109/1000', 50], ['more', 'bytes 10-109/1000', 200], ['no range', '', 100],
    ['a range of another file', 'bytes 10-109/1001', 100], ['a range of something else', 'lines 10-109/1000', 100],
  ])('refuses an answer with %s', async (_what, contentRange, bytes) => {
    const base = await serve((_request, response) => {
      response.writeHead(206, contentRange ? { 'content-range': contentRange } : {}).end(Buffer.alloc(bytes));
    });
    await expect(collect(gate(), base, 10, 109, { total: 1000 })).rejects.toMatchObject({ name: 'GateError' });
  });

  it('hands on no byte of an answer that is not what was asked for, and never more than was asked for', async () => {
    const base = await serve((request, response) => {
      response.on('error', () => undefined);
      if (request.url === '/whole') response.writeHead(200, { 'content-length': '90000000' });
      else response.writeHead(206, { 'content-range': 'bytes 0-99999/1000000', ...(request.url === '/long' && { 'content-length': '90000000' }) });
      const more = (): void => {
        while (!response.destroyed) if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more);
      };
      more();
    });
    const asking = gate();
    const got: Record<string, number> = { '/whole': 0, '/long': 0, '/endless': 0 };
    for (const path of Object.keys(got)) {
      const fetching = asking.streamRange(base + path, 0, 99_999, (bytes) => { got[path]! += bytes.length; }, { total: 1_000_000 });
      await expect(fetching).rejects.toMatchObject({ name: 'GateError' });
    }
    expect(got).toEqual({ '/whole': 0, '/long': 0, '/endless': 100_000 });
  });

  it('hands on what comes until the server breaks off', async () => {
    const base = await serve((_request, response) => {
      response.writeHead(206, { 'content-range': 'bytes 0-999/1000', 'content-length': '1000' });
      response.write(content.subarray(0, 400), () => response.destroy());
    });
    let got = 0;
    await expect(gate().streamRange(base, 0, 999, (bytes) => { got += bytes.length; })).rejects.toMatchObject({ code: 'unreachable' });
    expect(got).toBe(400);
  });

  it('reads no faster than its bytes are taken', async () => {
    let sent = 0;
    const size = 40_000_000;
    const base = await serve((_request, response) => {
      response.writeHead(206, { 'content-range': `bytes 0-${size - 1}/${size}`, 'content-length': String(size) });
      const more = (): void => {
        while (sent < size && !response.destroyed) {
          sent += 1_000_000;
          if (!response.write(Buffer.alloc(1_000_000))) return void response.once('drain', more);
        }
      };
      more();
    });
    const stop = new AbortController();
    let calls = 0;
    const fetching = gate().streamRange(base, 0, size - 1, () => {
      calls++;
      return new Promise<void>(() => undefined);
    }, { signal: stop.signal });
    // Until the server has been held back: its sends stand still while somebody else is served.
    for (let before = -1; before !== sent || calls === 0;) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect([calls, sent < size]).toEqual([1, true]);
    stop.abort();
    void fetching.catch(() => undefined); // it waits for its taker, who never comes back
  });

  it('gives a large range the time it needs while bytes come, and stops when none come', async () => {
    const base = await serve((request, response) => {
      response.writeHead(206, { 'content-range': 'bytes 0-9/10', 'content-length': '10' });
      if (request.url === '/stops') return void response.write('12345');
      let count = 0;
      const timer = setInterval(() => {
        response.write('x');
        if (++count < 10) return;
        clearInterval(timer);
        response.end();
      }, 100);
    });
    expect((await collect(gate(), `${base}/slow`, 0, 9, { timeoutMs: 500 })).length).toBe(10);
    await expect(collect(gate(), `${base}/stops`, 0, 9, { idleTimeoutMs: 500 })).rejects.toMatchObject({ code: 'timeout' });
  });

  it('asks over one connection, after refusals and redirects too', async () => {
    const ports = new Set<number | undefined>();
    const base = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      if (request.url === '/missing') response.writeHead(404, { 'content-length': '4' }).end('none');
      else if (request.url === '/moved') response.writeHead(302, { 'location': '/here', 'content-length': '5' }).end('there');
      else ranged(request, response);
    });
    const asking = gate();
    for (const path of ['/here', '/here', '/moved', '/here', '/moved', '/here']) await collect(asking, base + path, 0, 99);
    for (let i = 0; i < 3; i++) {
      await expect(collect(asking, `${base}/missing`, 0, 99)).rejects.toMatchObject({ status: 404 });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await collect(asking, `${base}/here`, 0, 99);
    expect(ports.size).toBe(1);
  });

  it('asks again when the server gives up the kept connection just then, once', async () => {
    const perConnection = new Map<unknown, number>();
    let requests = 0;
    const give = (reset: boolean) => serve((request, response) => {
      requests++;
      const nth = (perConnection.get(request.socket) ?? 0) + 1;
      perConnection.set(request.socket, nth);
      if (request.url !== '/never' && nth === 1) ranged(request, response);
      else if (reset) request.socket.resetAndDestroy();
      else request.socket.destroy();
    });
    for (const reset of [false, true]) {
      const base = await give(reset);
      const asking = gate();
      for (let i = 0; i < 3; i++) expect((await collect(asking, base, 0, 99)).length).toBe(100);
      requests = 0;
      await expect(collect(asking, `${base}/never`, 0, 99)).rejects.toMatchObject({ code: 'unreachable' });
      expect(requests).toBeLessThanOrEqual(2);
    }
  });

  it('follows no redirect to a private address', async () => {
    let asked = 0;
    const inside = await serve((_request, response) => { asked++; response.end(); });
    const outside = await serve((_request, response) => { response.writeHead(302, { location: inside }).end(); });
    const careful = new OutboundGate({
      allowPrivate: false, userAgent: 'Flashswarm/0', mayAsk: (address) => address === '127.0.0.2',
      resolve: () => Promise.resolve([{ address: '127.0.0.2', family: 4 }]),
    });
    gates.push(careful);
    await expect(collect(careful, outside.replace('127.0.0.1', 'public.example'), 0, 9)).rejects.toMatchObject({ name: 'GateError' });
    expect(asked).toBe(0);
  });

  it.each([['20', 20], ['Wed, 21 Oct 2026 07:28:30 GMT', 30]])('reports 503 with the time to wait: %s', async (value, seconds) => {
    const base = await serve((_request, response) => {
      response.writeHead(503, { 'retry-after': value, 'date': 'Wed, 21 Oct 2026 07:28:00 GMT' }).end();
    });
    await expect(collect(gate(), base, 0, 9)).rejects.toMatchObject({ code: 'bad-status', status: 503, retryAfterSeconds: seconds });
  });
});
