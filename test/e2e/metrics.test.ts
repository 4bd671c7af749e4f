// A page of another site in a real browser, beside a headless host whose metrics are open to programs on this machine: it reads nothing.
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { leaveNothingBehind, startProgram, temporaryFolder, until } from '../support/processes.ts';
import { launchBrowser } from './browser.ts';

leaveNothingBehind();

const headlessMain = fileURLToPath(new URL('../../main/headless/main.ts', import.meta.url));

it('keeps the metrics from a page of another site, whatever it tries, although a program reads them', { timeout: 90_000 }, async () => {
  const root = temporaryFolder('metrics');
  const host = await startProgram('headless', process.execPath, [
    headlessMain, '--port', '0', '--data-dir', join(root, 'data'), '--download-dir', root, '--listen', '0', '--no-dht', '--no-port-mapping', '--metrics-open',
  ], { env: { XDG_DATA_HOME: join(root, 'xdg') }, graceMs: 10_000 });
  const address = await until('the address', () => /http:\S+token=\S+/.exec(host.stdout)?.[0], { describe: () => host.tail() });
  const metrics = `${new URL(address).origin}/metrics`;

  expect(execFileSync('curl', ['-sf', metrics], { encoding: 'utf8' })).toContain('flashswarm_build_info');

  const site = createServer((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>another site</title>'));
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => {
    site.close(() => resolve());
    site.closeAllConnections();
  }));
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const page = await (await browser.newContext()).newPage();
  const seen: { url: string; status: number; body: string }[] = [];
  page.on('response', async (response) => {
    if (response.url() === metrics) seen.push({ url: response.url(), status: response.status(), body: await response.text().catch(() => '') });
  });

  // The browser of a person who is logged in to the host, too.
  for (const before of [null, address]) {
    if (before) await page.goto(before);
    await page.goto(`http://localhost:${(site.address() as AddressInfo).port}/`); // another site: another name
    const got = await page.evaluate(async (url) => {
      const read = (mode: RequestMode, credentials: RequestCredentials) => fetch(url, { mode, credentials }).then(async (answer) => `${answer.type} ${answer.status} ${await answer.text()}`, () => 'refused');
      const load = (tag: 'script' | 'img' | 'iframe') => new Promise<string>((resolve) => {
        const element = document.createElement(tag);
        element.onload = () => {
          let inside = '';
          try {
            inside = tag === 'iframe' ? (element as HTMLIFrameElement).contentDocument?.body.textContent ?? '' : '';
          } catch {
            inside = '';
          }
          resolve(inside);
        };
        element.onerror = () => resolve('refused');
        element.src = url;
        document.body.append(element);
        setTimeout(() => resolve('nothing'), 3000);
      });
      return Promise.all([read('cors', 'include'), read('cors', 'omit'), read('no-cors', 'include'), load('script'), load('img'), load('iframe')]);
    }, metrics);
    expect(got.join('\n')).not.toContain('flashswarm_');
  }
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.filter(({ status, body }) => status === 200 || body.includes('flashswarm_'))).toEqual([]);
});
