// What a person sees and does of event packages in any window of ours: by role and by name, with pictures and axe on each stop.
import { mkdirSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { axeViolations } from './accessibility.ts';

/** Where pictures go; none are taken when it is not set. */
const shots = process.env.FLASHSWARM_SHOTS;
const looks = [
  { name: 'dark-1120', colorScheme: 'dark', viewport: { width: 1120, height: 700 } },
  { name: 'light-720', colorScheme: 'light', viewport: { width: 720, height: 560 } },
  { name: 'dark-480', colorScheme: 'dark', viewport: { width: 480, height: 640 } },
] as const;
const usual = { name: 'light-1120', colorScheme: 'light', viewport: { width: 1120, height: 700 } } as const;

export class PackagePage {
  readonly page: Page;
  readonly #prefix: string;

  /** @param prefix of the names of its pictures */
  constructor(page: Page, prefix: string) {
    this.page = page;
    this.#prefix = prefix;
    if (shots) mkdirSync(shots, { recursive: true });
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  get start(): Locator {
    return this.dialog.getByRole('button', { name: 'Start' });
  }

  row(title: string): Locator {
    return this.page.getByRole('row').filter({ hasText: title });
  }

  /** The line of a layer in the detail of a package. */
  layer(title: string): Locator {
    return this.page.getByRole('region', { name: 'Layers' }).getByRole('listitem').filter({ hasText: title });
  }

  checkbox(name: string): Locator {
    return this.dialog.getByRole('checkbox', { name });
  }

  /** The words to compare, in their order and without their numbers. */
  async words(within: Locator = this.dialog): Promise<string[]> {
    const items = await within.getByRole('list', { name: 'Words to compare' }).first().getByRole('listitem').allInnerTexts();
    return items.map((item) => item.replace(/^\d+\s*/, '').trim());
  }

  async goTo(name: string): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).first().click();
  }

  /** Drops a file on the window, as from a file manager that tells a browser its bytes alone. */
  async drop(name: string, bytes: Uint8Array): Promise<void> {
    await this.page.evaluate(([fileName, base64]) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([Uint8Array.from(atob(base64!), (letter) => letter.charCodeAt(0))], fileName!));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    }, [name, Buffer.from(bytes).toString('base64')]);
  }

  /** Chooses a file in the browser's own dialog. */
  async choose(button: Locator, file: string): Promise<void> {
    const [chooser] = await Promise.all([this.page.waitForEvent('filechooser'), button.click()]);
    await chooser.setFiles(file);
  }

  /** What the dialog refuses with: its title and its sentence, and nothing can be started. */
  async refusal(title: string): Promise<string> {
    const alert = this.dialog.getByRole('alert');
    await alert.getByRole('heading', { name: title }).waitFor();
    expect(await this.start.isDisabled()).toBe(true);
    return (await alert.getByRole('paragraph').first().innerText()).trim();
  }

  async cancel(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Cancel' }).click();
    await this.dialog.waitFor({ state: 'detached' });
  }

  /** Opens the detail of a package at its overview. */
  async overview(title: string): Promise<void> {
    await this.row(title).dblclick();
    await this.page.getByRole('tab', { name: 'Overview' }).click();
    await this.page.getByRole('region', { name: 'Layers' }).waitFor();
  }

  /**
   * One stop of the journey: no axe violation, nothing sideways. Its picture is taken where pictures are wanted, in each look for those that count.
   * @param window true for a real window: it keeps its size and is looked at once
   */
  async stop(name: string, { key = false, window = false } = {}): Promise<void> {
    await this.#check(name, window ? 'window' : usual.name);
    if (!shots || !key || window) return;
    for (const look of [...looks, usual]) {
      await this.page.emulateMedia({ colorScheme: look.colorScheme });
      await this.page.setViewportSize(look.viewport);
      if (look !== usual) await this.#check(name, look.name);
    }
  }

  async #check(name: string, look: string): Promise<void> {
    if (shots) await this.page.screenshot({ path: `${shots}/${this.#prefix}-${name}-${look}.png` });
    expect(await axeViolations(this.page), `${name}, ${look}`).toEqual([]);
    const sideways = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(sideways, `${name}, ${look}: sideways`).toBeLessThanOrEqual(0);
  }
}
