// Every screen of the interface, for the test files that look at it in the dark, in the light and at three widths.
import { afterEach, describe, it } from 'vitest';
import { made, refusals } from '../support/fake-events.ts';
import { askingMagnet, eventWorld, magnet, worldOf } from '../support/fake-world.ts';
import { type Look, check, dialog, fake, fillCreate, goTo, open, openPackage, page, rowOf, rows, shut } from './screen-page.ts';

/** Every screen in each of these looks: it works, it is accessible, nothing is cut off. */
export const everyScreen = (looks: readonly Look[]): void => describe.each(looks)('screens, $name', (look) => {
  afterEach(shut);

  it('shows the library', async () => {
    await open(look);
    await rows().first().waitFor();
    await check(`library-${look.name}`);
  });

  it('shows the detail with each of its pages', async () => {
    await open(look);
    await rows().first().press('Enter');
    for (const tab of ['Overview', 'Files', 'People', 'Pieces', 'Trackers']) {
      await page.getByRole('tab', { name: tab }).click();
      await page.getByRole('tabpanel', { name: tab }).waitFor();
      await check(`detail-${tab.toLowerCase()}-${look.name}`);
    }
  });

  it('shows the Add dialog: ready, asking, failed', async () => {
    await open(look);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await check(`add-${look.name}`);
    const link = dialog().getByRole('textbox').first();
    await link.fill(magnet);
    await dialog().getByText('9 files').waitFor();
    await check(`add-ready-${look.name}`);
    await link.fill(askingMagnet);
    await dialog().getByText('You can start already').waitFor();
    await check(`add-asking-${look.name}`);
    await link.fill('ftp://nothing');
    await dialog().getByRole('alert').waitFor();
    await check(`add-error-${look.name}`);
  });

  it('shows each page of the settings', async () => {
    await open(look);
    await page.getByRole('button', { name: 'Settings' }).click();
    for (const tab of ['General', 'Speed', 'Sharing', 'Expert']) {
      await page.getByRole('tab', { name: tab }).click();
      await check(`settings-${tab.toLowerCase()}-${look.name}`);
    }
  });

  it('shows the empty library', async () => {
    await open(look, worldOf([]));
    await page.getByRole('heading', { name: 'Nothing here yet' }).waitFor();
    await check(`empty-${look.name}`);
  });

  it('says that the engine stopped', async () => {
    await open(look);
    await rows().first().waitFor();
    fake.emit('core.state', { state: 'down', error: null });
    await page.getByText('The engine stopped and is being started again.').waitFor();
    await check(`core-down-${look.name}`);
    fake.emit('core.state', { state: 'up', error: null });
    await page.getByText('The engine stopped').waitFor({ state: 'detached' });
  });

  it('shows event packages among plain ones, and each of their states', async () => {
    await open(look, eventWorld());
    await rowOf('Northwind Odyssey').getByText('Core ready. Getting the extras.').waitFor();
    await check(`events-${look.name}`);
    for (const [name, tab] of [['Northwind Odyssey', 'Overview'], ['Northwind Odyssey', 'Files'], ['Open Broadcast: keynote, live', 'Overview'], ['Northwind Extras', 'Overview']] as const) {
      await rowOf(name).dblclick();
      await page.getByRole('tab', { name: tab }).click();
      await page.getByRole('tabpanel', { name: tab }).waitFor();
      if (tab === 'Overview' && name === 'Northwind Odyssey') await page.getByText('Signature and key').click();
      await check(`event-${name.split(' ').at(-1)?.toLowerCase()}-${tab.toLowerCase()}-${look.name}`);
      await page.keyboard.press('Escape');
    }
  });

  it('shows the trust card: first use, trusted, update, the same again, refusals', async () => {
    await open(look, eventWorld());
    await openPackage('first-use');
    await dialog().getByRole('checkbox', { name: 'Trust this publisher' }).waitFor();
    await check(`trust-first-${look.name}`);
    await dialog().getByText('Details', { exact: true }).click();
    await dialog().getByRole('checkbox', { name: 'This applies to me' }).scrollIntoViewIfNeeded();
    await check(`trust-first-end-${look.name}`);
    for (const [name, words] of [['trusted', 'You have trusted this key'], ['update', '1.1 MB to get, 2.4 GB are here already.'], ['same', 'You have this already.'], ['live', '12 parts of the live event so far'], ['out-of-time', 'nothing new is started']] as const) {
      await openPackage(name);
      await dialog().getByText(words).first().waitFor();
      await check(`trust-${name}-${look.name}`);
    }
    for (const code of ['rollback', 'key-needed']) {
      await openPackage(code);
      await dialog().getByText(refusals[code] ?? '').waitFor();
      await check(`refused-${code}-${look.name}`);
    }
  });

  it('shows publishers: known ones, the question before a key is revoked, none', async () => {
    await open(look, eventWorld());
    await goTo('Publishers');
    await page.getByRole('heading', { name: 'Somebody Else' }).waitFor();
    await check(`publishers-${look.name}`);
    await page.getByText('Key', { exact: true }).first().click();
    await page.getByRole('button', { name: 'Revoke Northwind Games' }).first().click();
    await check(`publishers-revoke-${look.name}`);
    fake.emit('publishers.changed', []);
    await page.getByText('Nobody is trusted yet.').waitFor();
    await check(`publishers-empty-${look.name}`);
  });

  it('shows the making of a package: empty, with errors, filled, a new key, progress, done', async () => {
    await open(look, eventWorld());
    await goTo('Create package');
    await page.getByRole('heading', { name: 'Layers' }).waitFor();
    await check(`create-empty-${look.name}`);
    await page.getByRole('button', { name: 'Create package' }).last().click();
    await page.getByText('Give it a title.').waitFor();
    await check(`create-errors-${look.name}`);
    await fillCreate();
    await page.getByRole('button', { name: 'Make a layer of films' }).click();
    await page.getByLabel('Files of Everything').fill('core/**');
    await page.getByText('are in no layer and stay out').waitFor();
    await page.getByText('More', { exact: true }).click();
    await check(`create-filled-${look.name}`);
    await page.getByRole('button', { name: 'Make a new key' }).click();
    await page.getByLabel('Where to save it').fill('/media/keys');
    await check(`create-key-${look.name}`);
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText('The key was made').waitFor();
    await check(`create-key-made-${look.name}`);
    await page.getByRole('button', { name: 'Create package' }).last().click();
    await page.getByRole('button', { name: 'Cancel' }).waitFor();
    fake.make({ doneBytes: 3.2e9 });
    await page.getByText('3.2 of 8.4 GB read').waitFor();
    await check(`create-progress-${look.name}`);
    fake.make(made);
    await page.getByText('is ready').waitFor();
    await check(`create-done-${look.name}`);
  });

  it('shows the player', async () => {
    await open(look, eventWorld());
    await rowOf('Open Broadcast: keynote, live').dblclick();
    await page.getByRole('button', { name: 'Watch' }).click();
    await dialog().locator('video').waitFor();
    await dialog().getByRole('button', { name: 'Newest' }).click();
    await dialog().getByText('Waiting for the next part').waitFor();
    await check(`player-${look.name}`);
  });

  it('shows menu, question before files go, and keys', async () => {
    await open(look);
    await rows().first().click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Remove with files' }).waitFor();
    await check(`menu-${look.name}`);
    await page.getByRole('menuitem', { name: 'Remove with files' }).click();
    await dialog().getByText('go to the trash').waitFor();
    await check(`remove-${look.name}`);
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await page.keyboard.press('?');
    await dialog().getByText('Pause or resume').waitFor();
    await check(`keys-${look.name}`);
  });
});
