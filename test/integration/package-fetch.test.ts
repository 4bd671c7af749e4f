// A publisher's web server and a client process that trusts its authority: what arrives, and what is cut off.
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { statementsUrl } from '../../main/services/package-fetcher.ts';
import { HttpsServer } from '../support/https-server.ts';
import type { Answer, Question } from '../support/package-fetch-child.ts';
import { leaveNothingBehind, startProgram, until } from '../support/processes.ts';

const childFile = fileURLToPath(new URL('../support/package-fetch-child.ts', import.meta.url));
const content = Buffer.from('untrusted comment: not a real one, and nobody looks here\n');
const MiB = 1024 * 1024;

leaveNothingBehind();

async function start({ trusted = true } = {}) {
  const server = await HttpsServer.start();
  onTestFinished(() => server.close());
  const child = await startProgram('client', process.execPath, [childFile], { stdin: true, env: { NODE_EXTRA_CA_CERTS: trusted ? server.caFile : '' } });
  let answered = 0;
  const lines: string[] = [];
  child.onLine((line) => lines.push(line));
  const ask = async (question: Question): Promise<Answer> => {
    child.write(JSON.stringify(question));
    const line = await until('the client answers', () => {
      if (child.ended) throw new Error(`it ended\n${child.tail()}`);
      return lines[answered];
    }, { everyMs: 20, describe: () => child.tail() });
    answered += 1;
    return JSON.parse(line) as Answer;
  };
  return { server, ask };
}

describe('fetching a package', () => {
  test('brings its bytes, and nothing at all while it has not changed', async () => {
    const { server, ask } = await start();
    const url = server.serve('/e.evpack', { bytes: content, lastModified: 'Wed, 21 Oct 2026 07:28:00 GMT', cacheControl: 'max-age=120' });
    const first = await ask({ ask: 'package', url });
    expect(first).toMatchObject({ base64: content.toString('base64'), lastModified: 'Wed, 21 Oct 2026 07:28:00 GMT', maxAgeSeconds: 120 });
    const { etag } = first as { etag: string };
    expect(await ask({ ask: 'package', url, etag })).toMatchObject({ notModified: true, base64: null, etag });
    expect(await ask({ ask: 'package', url, lastModified: 'Wed, 21 Oct 2026 07:28:00 GMT' })).toMatchObject({ notModified: true });
    expect(server.requests.map(({ status }) => status)).toEqual([200, 304, 304]);
    expect(server.bytesServed()).toBe(content.length);
    server.serve('/e.evpack', { bytes: Buffer.from('version 2') });
    expect(await ask({ ask: 'package', url, etag })).toMatchObject({ base64: Buffer.from('version 2').toString('base64') });
  });

  test('is refused from a server that nobody vouches for', async () => {
    const { server, ask } = await start({ trusted: false });
    const answer = await ask({ ask: 'package', url: server.serve('/e.evpack', { bytes: content }) });
    expect(answer).toMatchObject({ error: { code: 'untrusted', message: expect.stringMatching(/certificate is not valid/) } });
    expect(server.requests).toEqual([]);
  });

  test('follows secure redirects, no endless ones, and none to plain http', async () => {
    const { server, ask } = await start();
    const to = server.serve('/e.evpack', { bytes: content });
    expect(await ask({ ask: 'package', url: server.serve('/latest', { redirect: to }) })).toMatchObject({ base64: content.toString('base64') });
    const insecure = server.serve('/insecure', { redirect: to.replace('https:', 'http:') });
    expect(await ask({ ask: 'package', url: insecure })).toMatchObject({ error: { code: 'bad-redirect' } });
    expect(await ask({ ask: 'package', url: to.replace('https:', 'http:') })).toMatchObject({ error: { code: 'bad-scheme' } });
    const ring = server.serve('/ring', { redirect: '/ring' });
    expect(await ask({ ask: 'package', url: ring })).toMatchObject({ error: { code: 'bad-redirect' } });
    expect(server.requestsFor('/ring')).toHaveLength(6);
  });

  test('asks no private address, neither at once nor by a redirect, unless the user allows it', async () => {
    const { server, ask } = await start();
    const inside = server.serve('/e.evpack', { bytes: content });
    expect(await ask({ ask: 'package', url: inside, allowPrivate: false })).toMatchObject({ error: { code: 'private-address' } });
    expect(await ask({ ask: 'package', url: inside.replace('127.0.0.1', 'localhost'), allowPrivate: false })).toMatchObject({ error: { code: 'private-address' } });
    expect(server.requests).toEqual([]);
    // To this client the test's server is a public one, and nothing else on this machine is.
    for (const redirect of ['https://127.0.0.2/e', 'https://10.0.0.1/e', 'https://[::1]/e', 'https://169.254.169.254/latest']) {
      const outside = server.serve('/outside', { redirect });
      expect(await ask({ ask: 'package', url: outside, allowPrivate: false, publicAddresses: ['127.0.0.1'] })).toMatchObject({ error: { code: 'private-address' } });
    }
    expect(await ask({ ask: 'package', url: inside, allowPrivate: false, publicAddresses: ['127.0.0.1'] })).toMatchObject({ base64: content.toString('base64') });
  });

  test('ends at the size limit, announced or not', async () => {
    const { server, ask } = await start();
    const endless = server.serve('/endless', 'endless');
    expect(await ask({ ask: 'package', url: endless })).toMatchObject({ error: { code: 'too-large' } });
    // What was on its way when the client hung up: bounded by the sockets' buffers.
    expect(server.bytesServed('/endless')).toBeLessThan(32 * MiB);
    const large = server.serve('/large', { bytes: Buffer.alloc(9 * MiB) });
    expect(await ask({ ask: 'package', url: large })).toMatchObject({ error: { code: 'too-large' } });
    const just = server.serve('/just', { bytes: Buffer.alloc(8 * MiB) });
    expect((await ask({ ask: 'package', url: just }) as { base64: string }).base64.length).toBeGreaterThan(8 * MiB);
  });

  test('ends when time is up, also when a byte comes now and then', async () => {
    const { server, ask } = await start();
    const drip = server.serve('/drip', { dripEveryMs: 20 });
    expect(await ask({ ask: 'package', url: drip, timeoutMs: 500 })).toMatchObject({ error: { code: 'timeout' } });
    const silent = server.serve('/silent', 'silent');
    expect(await ask({ ask: 'package', url: silent, timeoutMs: 300 })).toMatchObject({ error: { code: 'timeout' } });
    const redirects = server.serve('/slow-ring', (_request, response) => void setTimeout(() => response.writeHead(302, { location: '/slow-ring' }).end(), 200));
    expect(await ask({ ask: 'package', url: redirects, timeoutMs: 500 })).toMatchObject({ error: { code: 'timeout' } });
  });

  test.each([429, 503])('hears how long a server with status %i wants to be left alone', async (status) => {
    const { server, ask } = await start();
    const url = server.serve('/e.evpack', { status, headers: { 'retry-after': '90' } });
    expect(await ask({ ask: 'package', url })).toMatchObject({ error: { code: 'bad-status', status, retryAfterSeconds: 90 } });
  });
});

describe('what lies beside a package', () => {
  test('statements are fetched when there are any', async () => {
    const { server, ask } = await start();
    const url = statementsUrl(server.url('/e.evpack#part'));
    expect(url).toBe(server.url('/e.evpack.keys'));
    expect(await ask({ ask: 'statements', url })).toEqual({ base64: null });
    server.serve('/e.evpack.keys', { bytes: content });
    expect(await ask({ ask: 'statements', url })).toEqual({ base64: content.toString('base64') });
    server.serve('/e.evpack.keys', { bytes: Buffer.alloc(256 * 1024 + 1) });
    expect(await ask({ ask: 'statements', url })).toMatchObject({ error: { code: 'too-large' } });
    server.serve('/e.evpack.keys', { status: 500 });
    expect(await ask({ ask: 'statements', url })).toMatchObject({ error: { code: 'bad-status', status: 500 } });
  });

  test('a layer\'s key is not there before its time, and is short', async () => {
    const { server, ask } = await start();
    const url = server.url('/core.key');
    expect(await ask({ ask: 'key', url })).toEqual({ base64: null });
    server.serve('/core.key', { bytes: Buffer.from('ab'.repeat(32)) });
    expect(await ask({ ask: 'key', url })).toEqual({ base64: Buffer.from('ab'.repeat(32)).toString('base64') });
    server.serve('/core.key', { bytes: Buffer.alloc(1025) });
    expect(await ask({ ask: 'key', url })).toMatchObject({ error: { code: 'too-large' } });
    expect(await ask({ ask: 'key', url: url.replace('https:', 'http:') })).toMatchObject({ error: { code: 'bad-scheme' } });
  });
});
