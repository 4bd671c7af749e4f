// Writes docs/openapi.json anew: `node main/headless/write-openapi.ts`.
import { writeFileSync } from 'node:fs';
import { openApiText } from './openapi.ts';
import { productVersion } from './version.ts';

writeFileSync(new URL('../../docs/openapi.json', import.meta.url), openApiText(productVersion()));
