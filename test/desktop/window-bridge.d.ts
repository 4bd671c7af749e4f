// What the preload puts on the window, for code that tests run inside the page.
import type { Bridge } from '../../contract/index.ts';

declare global {
  interface Window { flashswarm?: Bridge }
}
