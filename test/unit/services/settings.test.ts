// Settings survive a bad value, a broken file and a command line that knows better.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SettingsService } from '../../../main/services/settings.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flashswarm-settings-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('settings', () => {
  it('keeps what was changed', async () => {
    const first = await SettingsService.open(folder, '/downloads', {});
    await first.update({ activeDownloads: 7 });
    const second = await SettingsService.open(folder, '/elsewhere', {});
    expect(second.value.activeDownloads).toBe(7);
    expect(second.value.downloadFolder).toBe('/downloads');
  });
  it('loses only the field that is bad', async () => {
    await writeFile(join(folder, 'settings.json'), JSON.stringify({ activeDownloads: -4, maxConnections: 77 }));
    const { value } = await SettingsService.open(folder, '/downloads', {});
    expect(value.activeDownloads).toBe(3);
    expect(value.maxConnections).toBe(77);
  });
  it('keeps a broken file beside and starts from the defaults', async () => {
    await writeFile(join(folder, 'settings.json'), '{"activeDown');
    const { value } = await SettingsService.open(folder, '/downloads', {});
    expect(value.activeDownloads).toBe(3);
    expect(await readdir(folder)).toContain('settings.json.broken');
  });
  it('lets the command line win without storing it', async () => {
    const service = await SettingsService.open(folder, '/downloads', { dht: false, activeDownloads: 9 });
    expect(service.value.dht).toBe(false);
    await service.update({ activeDownloads: 2 });
    expect(service.value.activeDownloads).toBe(2);
    expect(service.value.dht).toBe(false);
    expect(JSON.parse(await readFile(join(folder, 'settings.json'), 'utf8')).dht).toBe(true);
  });
});
