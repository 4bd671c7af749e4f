// Updates of the program in a real Electron: how they are fetched through Chromium, and what the window says of them.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { build } from 'esbuild';
import { afterEach, describe, expect, test } from 'vitest';
import { httpsServer } from '../support/https-server.ts';
import { leaveNothingBehind } from '../support/processes.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { closeEveryApp, DesktopApp, projectFolder, runtime, startDisplay, whyNot } from './desktop-app.ts';

describe.skipIf(!runtime)(runtime ? 'updates of the program' : `updates of the program, skipped: ${whyNot}`, () => {
  leaveNothingBehind();
  afterEach(closeEveryApp);

  test('are fetched through Chromium within bounds, and never out of https', async () => {
    const folder = tempFolder('update-requests');
    const main = path.join(folder, 'main.cjs');
    await build({ absWorkingDir: projectFolder, bundle: true, platform: 'node', format: 'cjs', target: 'node16', external: ['electron'], entryPoints: ['test/desktop/update-requests/main.ts'], outfile: main });
    const server = await httpsServer();
    const big = randomBytes(5_000_000);
    server.serve('/small', { bytes: Buffer.from('hello') });
    server.serve('/redirect', { redirect: server.url('/small') });
    server.serve('/to-http', { redirect: 'http://127.0.0.1:9/' });
    server.serve('/big', { bytes: big });
    server.serve('/endless', 'endless');
    server.serve('/silent', 'silent');
    const child = spawn(runtime!, [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), `--user-data-dir=${path.join(folder, 'data')}`, main], {
      env: { ...process.env, DISPLAY: await startDisplay(), BASE: server.url('/'), FOLDER: folder, SIZE: String(big.length), SHA512: createHash('sha512').update(big).digest('base64') },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    const patience = setTimeout(() => child.kill('SIGKILL'), 60_000);
    await new Promise((resolve) => child.once('exit', resolve));
    clearTimeout(patience);
    expect(JSON.parse(/^RESULT (.*)$/m.exec(output)?.[1] ?? 'null')).toEqual({
      untrusted: 'refused: unreachable', small: 'hello', redirected: 'hello', outOfHttps: 'refused: unreachable', missing: 'refused: bad-status', endless: 'refused: too-large',
      file: 'done', exchanged: 'refused: inconsistent', silent: 'refused: cancelled',
    });
  });

  test('are off in a copy that has no address to ask, and the settings say so', async () => {
    const desktop = await DesktopApp.open([]);
    const answer = await desktop.page.evaluate(() => window.flashswarm!.request('host.update', {}));
    expect(answer).toMatchObject({ ok: true, value: { state: 'off', version: null } });
    await desktop.page.getByRole('button', { name: 'Settings' }).first().click();
    await desktop.page.getByRole('tab', { name: 'Computer' }).click();
    await desktop.page.getByText('This copy of Flashswarm does not look for newer versions by itself.').waitFor();
    const forged = await desktop.page.evaluate(() => window.flashswarm!.request('host.installProgramUpdate', {}));
    expect(forged).toMatchObject({ ok: false, error: { code: 'not-found' } });
  });
});
