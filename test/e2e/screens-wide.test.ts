// Every screen of the interface in a window of the usual width, dark and light.
import { everyScreen } from './every-screen.ts';
import { looks, useBrowser } from './screen-page.ts';

useBrowser();
everyScreen(looks.slice(0, 2));
