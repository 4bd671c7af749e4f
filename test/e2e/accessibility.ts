// What axe finds wrong in a page. It is half a megabyte, which AxeBuilder brings into the page twice for each look: here it is brought once and stays.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** Each rule that is broken, with the elements that break it; details of what is in order are not gathered. */
export async function axeViolations(page: Page): Promise<string[]> {
  const isThere = await page.evaluate(() => 'axe' in window);
  // The usual way opens a page of its own for each look, which Electron has no way to do; there are no frames to miss without it.
  const { violations } = await new AxeBuilder({ page, ...(isThere ? { axeSource: 'void 0' } : {}) }).options({ resultTypes: ['violations'] }).setLegacyMode().analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}
