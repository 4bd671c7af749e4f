// The tests' own web server behaves like a publisher's: trusted by its authority alone, with ranges, 304 and a log that adds up.
import { Agent, request } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { httpsServer } from '../../support/https-server.ts';
import type { HttpsServer } from '../../support/https-server.ts';

function trusting(server: HttpsServer): Agent {
  const agent = new Agent({ connect: { ca: server.caCertificate } });
  onTestFinished(() => agent.destroy());
  return agent;
}

it('serves files whole, in parts and not at all when they are known', async () => {
  const server = await httpsServer();
  const dispatcher = trusting(server);
  const url = server.serve('/a.bin', { bytes: Buffer.from('0123456789') });
  const get = async (headers: Record<string, string> = {}) => {
    const answer = await request(url, { dispatcher, headers });
    return [answer.statusCode, await answer.body.text(), answer.headers['content-range']];
  };
  expect(await get()).toEqual([200, '0123456789', undefined]);
  expect(await get({ range: 'bytes=2-4' })).toEqual([206, '234', 'bytes 2-4/10']);
  expect(await get({ range: 'bytes=7-' })).toEqual([206, '789', 'bytes 7-9/10']);
  expect(await get({ range: 'bytes=8-99' })).toEqual([206, '89', 'bytes 8-9/10']);
  expect(await get({ range: 'bytes=10-' })).toEqual([416, '', 'bytes */10']);
  const { headers, body } = await request(url, { dispatcher });
  await body.dump();
  expect(await get({ 'if-none-match': String(headers['etag']) })).toEqual([304, '', undefined]);
  expect(server.bytesServed('/a.bin')).toBe(10 + 3 + 3 + 2 + 10);
  expect(server.requestsFor('/a.bin').map(({ status }) => status)).toEqual([200, 206, 206, 206, 416, 200, 304]);
  server.serve('/a.bin', { bytes: Buffer.from('0123456789'), ranges: false, etag: null });
  expect(await get({ range: 'bytes=2-4' })).toEqual([200, '0123456789', undefined]);
  server.serve('/a.bin', null);
  expect((await get())[0]).toBe(404);
});

it('is not trusted by those who do not know its authority', async () => {
  const server = await httpsServer();
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  await expect(request(server.serve('/', { bytes: Buffer.alloc(1) }), { dispatcher: agent })).rejects.toThrow(/certificate/);
  const named = await request(server.url('/').replace('127.0.0.1', 'localhost'), { dispatcher: trusting(server) });
  expect(named.statusCode).toBe(200);
  await named.body.dump();
});
