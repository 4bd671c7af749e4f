// What the interface does: by keyboard, pointer and what arrives from the host; every screen in every look is in the files screens-wide and screens-narrow.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFake } from '../support/fake-bridge.ts';
import { addressOf, publishers as known, refusals } from '../support/fake-events.ts';
import { askingMagnet, eventWorld, hashOf, magnet, summaryOf, stateOf, worldOf } from '../support/fake-world.ts';
import { axeViolations } from './accessibility.ts';
import { check, chooseFile, complaints, dialog, fake, fillCreate, goTo, looks, open, openPackage, page, rowOf, rows, server, shots, shut, useBrowser } from './screen-page.ts';

useBrowser();

it('is usable where colours are forced and in compact rows', async () => {
  await open(looks[0], { ...worldOf(), settings: { ...worldOf().settings, density: 'compact' } });
  await page.emulateMedia({ forcedColors: 'active' });
  await rows().first().click();
  await check('compact-forced');
  await page.emulateMedia({ forcedColors: 'none' });
  await check('compact');
  await shut();
});

describe('behaviour', () => {
  beforeEach(() => open());
  afterEach(shut);
  const asked = (name: string) => fake.asked.filter((one) => one.name === name).map((one) => one.input);

  it('moves, selects, pauses and removes with the keyboard alone', async () => {
    await page.getByRole('searchbox').focus();
    await rows().first().focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe(`row-${hashOf(0)}`);
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe(`row-${hashOf(1)}`);
    await page.keyboard.press('Space');
    await expect.poll(() => asked('packages.pause')).toEqual([{ ids: [hashOf(1)] }]);
    await rows().nth(1).getByText('Paused. Nothing is sent or received.').waitFor();
    await page.keyboard.press('Space');
    await expect.poll(() => asked('packages.resume')).toEqual([{ ids: [hashOf(1)] }]);
    await page.keyboard.press('Shift+ArrowDown');
    expect(await page.locator('[role=row][aria-selected=true]').count()).toBe(2);
    await page.keyboard.press('F5');
    await expect.poll(() => asked('packages.announce')).toEqual([{ ids: [hashOf(1), hashOf(2)] }]);
    await page.keyboard.press('End');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe(`row-${hashOf(11)}`);
    await page.keyboard.press('Delete');
    await page.getByText('was removed. Its files stay.').waitFor();
    expect(await page.locator(`#row-${hashOf(11)}`).count()).toBe(0);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.locator(`#row-${hashOf(11)}`).waitFor();
    expect(asked('packages.remove')).toEqual([]);
  });

  it('sends a removal off when the page goes before the time for Undo is over', async () => {
    await rows().first().focus();
    await page.keyboard.press('Delete');
    await page.getByRole('button', { name: 'Undo' }).waitFor();
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page.reload();
    await expect.poll(() => asked('packages.remove')).toEqual([{ ids: [hashOf(0)], data: 'keep' }]);
  });

  it('adds a link with some of its files, paused', async () => {
    await page.keyboard.press('Control+u');
    await dialog().getByRole('textbox').first().fill(magnet);
    await dialog().getByRole('checkbox', { name: 'Get audio' }).uncheck();
    await dialog().getByText('chosen').waitFor();
    await dialog().getByRole('button', { name: 'Add paused' }).click();
    await dialog().waitFor({ state: 'detached' });
    const [input] = asked('packages.add') as [{ paused: boolean; files: { index: number; priority: string }[] }];
    expect(input.paused).toBe(true);
    expect(input.files.filter((file) => file.priority === 'skip').map((file) => file.index)).toEqual([3, 4, 5]);
    await page.locator(`#row-${'c0ffee'.repeat(6)}beef`).waitFor();
  });

  it('starts a link before its file list is there', async () => {
    await page.keyboard.press('Control+u');
    await dialog().getByRole('textbox').first().fill(askingMagnet);
    await page.keyboard.press('Enter');
    await dialog().waitFor({ state: 'detached' });
    expect(asked('packages.add')).toHaveLength(1);
  });

  it('fills in the rest when the file list arrives', async () => {
    await page.keyboard.press('Control+u');
    await dialog().getByRole('textbox').first().fill(askingMagnet);
    await dialog().getByText('You can start already').waitFor();
    const opened = fake.asked.findLast((one) => one.name === 'previews.get')?.input as { previewId: string };
    const ready = fake.world.previews.get(magnet);
    if (!ready) throw new Error('The fake lost its preview.');
    fake.emit('preview.changed', { ...ready, ...opened });
    await dialog().getByText('9 files').waitFor();
  });

  it('changes the folder where the host has no dialog, and says when it may not', async () => {
    await page.keyboard.press('Control+u');
    await dialog().getByRole('textbox').first().fill(magnet);
    await dialog().getByRole('button', { name: 'Change' }).click();
    await dialog().getByLabel('Folder path').fill('/etc');
    await dialog().getByRole('button', { name: 'Use', exact: true }).click();
    await dialog().getByText('Only folders below /media').waitFor();
    await dialog().getByLabel('Folder path').fill('/media/big');
    await dialog().getByRole('button', { name: 'Use', exact: true }).click();
    await dialog().getByText('too little on this disk').waitFor();
    await dialog().getByRole('button', { name: 'Start' }).click();
    await expect.poll(() => asked('packages.add')).toEqual([{ previewId: expect.any(String), folder: '/media/big', paused: false }]);
  });

  it('offers a pasted link and does not take it by itself', async () => {
    await rows().first().click();
    await page.evaluate((text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text', text);
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    }, magnet);
    await page.getByText('Open the link that you pasted?').waitFor();
    expect(asked('previews.open')).toEqual([]);
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    await dialog().getByText('9 files').waitFor();
  });

  it('opens a dropped file', async () => {
    const ready = fake.world.previews.get(magnet);
    if (ready) fake.world.previews.set('game.torrent', ready);
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['d4:infode'], 'game.torrent'));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    });
    await dialog().getByText('9 files').waitFor();
    expect(asked('previews.open')).toEqual([{ source: { kind: 'bytes', base64: Buffer.from('d4:infode').toString('base64'), name: 'game.torrent' } }]);
  });

  it('opens a picked file in place of what the dialog shows, and says that it is here already', async () => {
    const ready = fake.world.previews.get('here');
    if (ready) fake.world.previews.set('again.torrent', ready);
    await page.keyboard.press('Control+u');
    await dialog().getByRole('textbox').first().fill(askingMagnet);
    await dialog().getByText('You can start already').waitFor();
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), dialog().getByRole('button', { name: 'Open a file' }).click()]);
    await chooser.setFiles({ name: 'again.torrent', mimeType: 'application/x-bittorrent', buffer: Buffer.from('d4:infode') });
    await dialog().getByText('You have this already.').waitFor();
    await dialog().getByRole('button', { name: 'Add trackers' }).click();
    await page.getByText('Its trackers were added.').waitFor();
    expect(await page.locator('[role=row][aria-selected=true]').getAttribute('id')).toBe(`row-${hashOf(0)}`);
  });

  it('keeps what it found when adding fails, so that it can be tried otherwise', async () => {
    fake.world.addFailure = { code: 'no-space', message: 'There is 1.2 GB too little on this disk.' };
    await page.keyboard.press('Control+u');
    await dialog().getByRole('textbox').first().fill(magnet);
    await dialog().getByText('9 files').waitFor();
    await dialog().getByRole('button', { name: 'Start' }).click();
    await dialog().getByRole('alert').getByText('1.2 GB too little').waitFor();
    await dialog().getByRole('checkbox', { name: 'Get bin' }).uncheck();
    fake.world.addFailure = undefined;
    await dialog().getByRole('button', { name: 'Start' }).click();
    await dialog().waitFor({ state: 'detached' });
  });

  it('is not set back by an answer that an event has overtaken', async () => {
    await shut();
    const world = worldOf();
    await open(looks[0], world, (made) => {
      const { 'session.snapshot': snapshot, 'previews.get': get } = made.handlers;
      made.handlers['session.snapshot'] = async (input) => {
        const older = await snapshot(input);
        made.change(hashOf(1), { name: 'Told while asked' });
        return older;
      };
      made.handlers['previews.get'] = async (input) => {
        const older = await get(input);
        const ready = world.previews.get(magnet);
        if (ready) made.emit('preview.changed', { ...ready, previewId: older.previewId });
        return older;
      };
    });
    await rows().getByText('Told while asked').waitFor();
    await page.keyboard.press('Control+u');
    await dialog().getByRole('textbox').first().fill(askingMagnet);
    await dialog().getByText('9 files').waitFor();
    await expect.poll(() => fake.asked.filter((one) => one.name === 'previews.get').length).toBe(1);
    await dialog().getByText('9 files').waitFor();
  });

  it('waits for an engine that is not there yet', async () => {
    await shut();
    const world = worldOf();
    const snapshot = createFake(world).handlers['session.snapshot'];
    let tries = 0;
    await open(looks[0], world, (made) => {
      made.handlers['session.snapshot'] = (input) => {
        if (tries++ < 3) throw Object.assign(new Error('The engine is being started again.'), { code: 'core-down' });
        return snapshot(input);
      };
    });
    await page.getByText('The engine is starting.').waitFor();
    await rows().first().waitFor();
    await page.getByText('The engine is starting.').waitFor({ state: 'detached' });
  });

  it('takes what was given to the host at its start', async () => {
    await shut();
    const world = worldOf();
    world.host.pending = [{ source: { kind: 'link', link: magnet }, label: 'Northwind' }];
    await open(looks[0], world);
    await dialog().getByText('9 files').waitFor();
    expect(await dialog().getByRole('textbox').first().inputValue()).toBe(magnet);
  });

  it('sends each setting as it is changed', async () => {
    await page.keyboard.press('Control+,');
    await page.getByRole('tab', { name: 'Speed' }).click();
    await dialog().getByLabel('Receive at most').first().fill('2.5');
    await page.keyboard.press('Enter');
    await expect.poll(() => asked('settings.update')).toEqual([{ downBytesPerSecond: 2_500_000 }]);
    await page.getByRole('tab', { name: 'General' }).click();
    await dialog().getByLabel('Look').selectOption('dark');
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
  });

  it('adds and removes trackers', async () => {
    await rows().first().press('Enter');
    await page.getByRole('tab', { name: 'Trackers' }).click();
    await page.getByLabel('Address of a tracker').fill('http://new.example/announce');
    await page.getByRole('button', { name: 'Add', exact: true }).last().click();
    await page.getByRole('cell', { name: 'http://new.example/announce', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Remove http://new.example/announce' }).click();
    await page.getByRole('cell', { name: 'http://new.example/announce', exact: true }).waitFor({ state: 'detached' });
  });

  it('keeps up with changes and drops what is older', async () => {
    const first = summaryOf(0, { name: 'Renamed', state: stateOf('seeding', 'sharing'), size: 1e9, done: 1 });
    fake.emit('packages.changed', { seq: fake.world.seq, upserted: [{ ...first, name: 'Older' }], removed: [], totals: fake.world.totals });
    fake.change(first.id, first);
    await rows().getByText('Renamed', { exact: true }).waitFor();
    expect(await page.getByText('Older').count()).toBe(0);
  });

  it('asks for everything again after the connection was lost', async () => {
    await rows().first().waitFor();
    server.dropSockets();
    const id = hashOf(0);
    const before = fake.world.packages.get(id);
    if (before) fake.world.packages.set(id, { ...before, name: 'Changed while away' });
    await rows().getByText('Changed while away').waitFor();
  });

  it('says to open the printed address again where the host wants its token', async () => {
    await rows().first().waitFor();
    server.refuse(true);
    server.dropSockets();
    await page.getByRole('heading', { name: 'Open the printed address again' }).waitFor();
    if (shots) await page.screenshot({ path: `${shots}/no-token.png` });
    expect(await axeViolations(page)).toEqual([]);
  });

  it('stays cheap with a thousand packages: it renders only what is in view', async () => {
    await shut();
    const many = Array.from({ length: 1000 }, (_, index) => summaryOf(index, { name: `Package ${index}`, state: stateOf('seeding', 'sharing'), size: 1e9, done: 1 }));
    await open(looks[0], worldOf(many));
    await rows().first().waitFor();
    expect(await rows().count()).toBeLessThan(40);
    await rows().first().focus();
    await page.keyboard.press('End');
    await page.getByText('Package 999', { exact: true }).waitFor();
    await page.getByRole('searchbox').fill('Package 77');
    await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount')).toBe('19');
  });
});

/** Drops a folder on the window, as a browser tells of it: a file without content whose entry is a directory. */
const dropFolder = () => page.evaluate(() => {
  const event = new DragEvent('drop', { bubbles: true, cancelable: true });
  Object.defineProperty(event, 'dataTransfer', { value: { files: [new File([], 'release')], items: [{ webkitGetAsEntry: () => ({ isDirectory: true }) }], types: ['Files'], getData: () => '' } });
  document.body.dispatchEvent(event);
});

describe('in a desktop window', () => {
  const asked = (name: string) => fake.asked.filter((one) => one.name === name).map((one) => one.input);
  beforeEach(async () => {
    const world = eventWorld();
    world.host = { ...world.host, kind: 'desktop', can: { pickFolder: true, pickTorrent: true, openFolder: true, typeFolder: false, trash: true, playFile: true, openFile: true, openRouterPage: true, openSignInPage: true, saveReport: true, integrate: true } };
    await open(looks[0], world);
    await page.exposeFunction('askHost', (name: string, input: unknown) => fake.answer(name, input));
    await page.addInitScript(() => {
      const host = window as unknown as { askHost: (name: string, input: unknown) => Promise<never> };
      window.flashswarm = {
        request: (name, input) => host.askHost(name, input), on: () => () => {},
        dropped: async () => [{ handle: 'dropped', name: 'release', path: '/home/ada/release', isFolder: true }],
      };
    });
    await page.reload();
    await rows().first().waitFor();
    fake.asked.length = 0;
  });
  afterEach(shut);

  it('makes a package of a dropped folder, with a key of the host\'s dialog', async () => {
    await goTo('Create package');
    await dropFolder();
    await page.getByText('/home/ada/release').waitFor();
    expect(asked('create.scan')).toEqual([{ folder: 'dropped' }]);
    await page.getByRole('button', { name: 'Choose a secret key file' }).click();
    await page.getByText('publisher.key').waitFor();
    await page.getByRole('button', { name: 'Choose another ...' }).click();
    await page.getByText('/media/big').waitFor();
    await check('create-desktop');
    await page.getByRole('button', { name: 'Make a new key' }).click();
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText('Choose where to save it.').waitFor();
    await page.getByRole('button', { name: 'Where to save it' }).click();
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText('The key was made').waitFor();
    expect(asked('create.newKey')).toEqual([{ folder: '/media/big', name: 'publisher', password: null }]);
  });

  it('opens the folder of a ready core, and a file in the system\'s player', async () => {
    await rowOf('Northwind Odyssey').getByRole('button', { name: 'Open: Northwind Odyssey' }).click();
    await expect.poll(() => asked('host.openFolder')).toEqual([{ id: 'example.northwind.odyssey' }]);
    await rowOf('Northwind Odyssey').dblclick();
    await page.getByRole('tab', { name: 'Files' }).click();
    await page.getByRole('button', { name: 'Play trailer.wav' }).first().click();
    await dialog().getByRole('button', { name: 'Open in player' }).click();
    await expect.poll(() => asked('host.playFile')).toEqual([{ id: 'example.northwind.odyssey', index: 1 }]);
  });
});

describe('event packages', () => {
  beforeEach(() => open(looks[0], eventWorld()));
  afterEach(shut);
  const asked = (name: string) => fake.asked.filter((one) => one.name === name).map((one) => one.input);
  const start = () => dialog().getByRole('button', { name: 'Start' });

  it('starts one of an unknown publisher only after trust, terms and region, and says so', async () => {
    await openPackage('first-use');
    await dialog().getByText('Choose first whether you trust this publisher.').waitFor();
    expect(await start().isDisabled()).toBe(true);
    await dialog().getByRole('checkbox', { name: 'Trust this publisher' }).check();
    await dialog().getByText('The terms have to be accepted first.').waitFor();
    await dialog().getByRole('checkbox', { name: 'I accept these terms' }).check();
    await dialog().getByText('Confirm first that you may use it where you are.').waitFor();
    expect(await start().isDisabled()).toBe(true);
    await dialog().getByRole('checkbox', { name: 'This applies to me' }).check();
    await start().click();
    await dialog().waitFor({ state: 'detached' });
    expect(asked('packages.add')).toEqual([{ previewId: expect.any(String), paused: false, trust: true, layers: ['finale'], accept: { terms: 'd'.repeat(64), region: true } }]);
  });

  it('never starts one that was typed and not looked at', async () => {
    await page.keyboard.press('Control+u');
    await dialog().getByRole('textbox').first().fill(addressOf('trusted'));
    await page.keyboard.press('Enter');
    await dialog().getByText('Signed by Northwind Games.').waitFor();
    expect(asked('packages.add')).toEqual([]);
    await page.keyboard.press('Enter');
    await expect.poll(() => asked('packages.add')).toHaveLength(1);
  });

  it('takes along what a chosen layer needs, and says for whom', async () => {
    await openPackage('trusted');
    await dialog().getByRole('checkbox', { name: 'Films' }).check();
    await dialog().getByText('Needed by: Films').waitFor();
    expect(await dialog().getByRole('checkbox', { name: 'Voices (German)' }).isDisabled()).toBe(true);
    await dialog().getByRole('checkbox', { name: 'Finale' }).uncheck();
    await dialog().getByText('8.6 GB of 9.5 GB chosen').waitFor();
    await start().click();
    await expect.poll(() => asked('packages.add')).toEqual([{ previewId: expect.any(String), paused: false, layers: ['voices', 'films'] }]);
  });

  it.each(Object.entries(refusals))('says why it refuses: %s', async (code, words) => {
    await openPackage(code);
    const alert = dialog().getByRole('alert');
    await alert.getByText(words).waitFor();
    await alert.getByRole('heading').waitFor();
    expect(await start().isDisabled()).toBe(true);
  });

  it('takes the key from a file where the package has none, and looks again', async () => {
    await openPackage('key-needed');
    await dialog().getByRole('button', { name: "Choose the publisher's .pub file" }).waitFor();
    const trusted = fake.world.previews.get(addressOf('trusted'));
    if (trusted) fake.world.previews.set(addressOf('key-needed'), trusted);
    await chooseFile("Choose the publisher's .pub file", 'northwind.pub');
    await dialog().getByText('Signed by Northwind Games.').waitFor();
    expect(asked('publishers.install')).toEqual([{ source: { kind: 'bytes', base64: 'a2V5', name: 'northwind.pub' } }]);
  });

  it('shows what is here when the same one is opened again', async () => {
    await openPackage('same');
    await dialog().getByRole('button', { name: 'Show it' }).click();
    await page.getByRole('region', { name: 'Details of Northwind Odyssey' }).waitFor();
    expect(asked('packages.add')).toEqual([]);
  });

  it('opens the core while the extras are on their way', async () => {
    await rowOf('Northwind Odyssey').getByRole('button', { name: 'Open: Northwind Odyssey' }).click();
    await page.getByRole('tabpanel', { name: 'Files' }).getByText("Checked against the publisher's signature").first().waitFor({ state: 'attached' });
    await page.getByText('Not what the publisher signed').first().waitFor({ state: 'attached' });
  });

  it('chooses layers afterwards, checks for newer versions and gets one', async () => {
    await rowOf('Northwind Odyssey').dblclick();
    await page.getByRole('checkbox', { name: 'Get Films' }).uncheck();
    await expect.poll(() => asked('packages.setLayers')).toEqual([{ id: 'example.northwind.odyssey', layers: ['voices', 'soundtrack', 'finale'] }]);
    await page.getByRole('button', { name: 'Get version 3' }).click();
    await page.getByText('Getting version 3: 0.0 of 1.1 MB.').waitFor();
    await rowOf('Northwind Premiere').dblclick();
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByText('Looking for a newer version.').waitFor();
  });

  it('asks about new terms before a newer version is fetched', async () => {
    const first = fake.world.previews.get(addressOf('first-use'));
    if (first?.event) fake.world.previews.set('example.northwind.odyssey', { ...first, event: { ...first.event, trust: 'trusted', action: 'update', regions: null } });
    fake.handlers['packages.takeUpdate'] = () => { throw Object.assign(new Error('Its terms are new.'), { code: 'not-accepted' }); };
    await rowOf('Northwind Odyssey').dblclick();
    await page.getByRole('button', { name: 'Get version 3' }).click();
    await dialog().getByRole('checkbox', { name: 'I accept these terms' }).check();
    await dialog().getByRole('button', { name: 'Update' }).click();
    await expect.poll(() => asked('packages.add')).toEqual([expect.objectContaining({ accept: { terms: 'd'.repeat(64) } })]);
  });

  it('plays the parts of a live event one after another, and waits for the next one', async () => {
    await rowOf('Open Broadcast: keynote, live').dblclick();
    await page.getByRole('button', { name: 'Watch' }).click();
    await dialog().getByText('Waiting for the next part').waitFor();
    await dialog().getByText('Part 12 of 12').waitFor();
    const played = () => asked('host.mediaUrl').map((one) => (one as { index: number }).index);
    expect(played()).toEqual(Array.from({ length: 11 }, (_, index) => index + 3)); // after the three files of the opening titles
    const id = 'example.obu.keynote';
    const detail = fake.world.details.get(id);
    if (!detail) throw new Error('The fake lost its detail.');
    fake.emit('detail.changed', { ...detail, files: detail.files.map((file) => ({ ...file, bytesDone: file.length, check: 'right' as const })) });
    await dialog().locator('video[src$=".wav"]').waitFor();
    await expect.poll(() => played().at(-1)).toBe(detail.files.length - 1);
  });

  it('plays one finished file of any package', async () => {
    await rowOf('Northwind Odyssey').dblclick();
    await page.getByRole('tab', { name: 'Files' }).click();
    await page.getByRole('button', { name: 'Play trailer.wav' }).first().click();
    await dialog().locator('video').waitFor();
    expect(await dialog().getByRole('button', { name: 'Newest' }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('forgets, revokes and installs publishers, by button and by drop', async () => {
    await goTo('Publishers');
    await page.getByRole('button', { name: 'Revoke Open Broadcast Union' }).click();
    expect(asked('publishers.revoke')).toEqual([]);
    await page.getByRole('button', { name: 'Revoke this key' }).click();
    await page.getByText('You revoked this key on').waitFor();
    await page.getByRole('button', { name: 'Forget Somebody Else' }).click();
    await page.getByRole('heading', { name: 'Somebody Else' }).waitFor({ state: 'detached' });
    expect(asked('publishers.forget')).toEqual([{ fingerprint: known[3]?.fingerprint }]);
    await chooseFile('Install a .pub file', 'acme.pub');
    await page.getByText('acme is trusted from now on.').waitFor();
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['statement'], 'acme.keys'));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    });
    await page.getByText('1 statement was applied.').waitFor();
    await page.getByRole('button', { name: 'Show Northwind Odyssey' }).click();
    await page.getByRole('region', { name: 'Details of Northwind Odyssey' }).waitFor();
  });

  it('makes a package, and says what is wrong at its field', async () => {
    await goTo('Create package');
    await page.getByLabel('Id', { exact: true }).waitFor(); // the button of the sidebar has the same name
    await page.getByRole('button', { name: 'Create package' }).last().click();
    await page.getByText('Choose a folder first.').waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Folder path');
    await fillCreate();
    await page.getByLabel('Id', { exact: true }).fill('example.northwind.nights');
    await page.getByRole('button', { name: 'Make a layer of films' }).click();
    await page.getByText('12 files, 4.8 GB').waitFor();
    await page.getByLabel('Password of the key').fill('wrong');
    await page.getByRole('button', { name: 'Create package' }).last().click();
    await page.getByText('This is not the password of this key.').waitFor();
    await page.getByLabel('Password of the key').fill('right');
    await goTo('Publishers');
    await goTo('Create package');
    await page.getByRole('button', { name: 'Create package' }).last().click();
    await page.getByText('0.0 of 8.4 GB read').waitFor();
    expect(asked('create.start').at(-1)).toEqual({
      folder: '/media/release', id: 'example.northwind.nights', title: 'Northwind Nights', version: 1, publisher: 'Northwind Games',
      layers: [{ id: 'everything', title: 'Everything', pattern: '{core/**,voices/**,notes.txt}', required: true }, { id: 'films', title: 'films', pattern: 'films/**', required: false }],
      key: { source: { kind: 'bytes', base64: 'a2V5', name: 'publisher.key' }, password: 'right' },
    });
    fake.make({ status: 'failed', error: { code: 'no-space', message: 'The disk is full.' } });
    await page.getByText('The disk is full.').waitFor();
    await page.getByRole('button', { name: 'Back to the form' }).click();
    await page.getByRole('button', { name: 'Create package' }).last().click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect.poll(() => asked('create.cancel')).toHaveLength(1);
    expect(await page.getByLabel('Title').inputValue()).toBe('Northwind Nights');
  });

  it('says what to do with a dropped folder where the host does not tell its place', async () => {
    await dropFolder();
    await page.getByText('A folder cannot be opened.').waitFor();
    await page.getByRole('button', { name: 'Create package' }).last().click();
    await page.getByText('Type its path instead.').waitFor();
    expect(asked('create.scan')).toEqual([]);
  });

  it('sends the new settings', async () => {
    await page.keyboard.press('Control+,');
    await dialog().getByLabel('Newer versions of packages').selectOption('take');
    await page.getByRole('tab', { name: 'Expert' }).click();
    await dialog().getByLabel('Allow addresses on my own network').check();
    await expect.poll(() => asked('settings.update')).toEqual([{ updates: 'take' }, { allowPrivate: true }]);
  });
});
