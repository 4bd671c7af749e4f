// Every screen of the interface in narrow windows, dark and light.
import { everyScreen } from './every-screen.ts';
import { looks, useBrowser } from './screen-page.ts';

useBrowser();
everyScreen(looks.slice(2, 4));
