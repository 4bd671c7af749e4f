// Debian's Chromium under playwright-core, quiet and offline.
import { chromium, type Browser } from 'playwright-core';

export const executablePath = process.env.FLASHSWARM_CHROMIUM ?? '/usr/bin/chromium';

export const launchBrowser = (): Promise<Browser> => chromium.launch({
  executablePath,
  args: [
    '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  ],
});
