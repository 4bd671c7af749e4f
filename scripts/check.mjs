// `npm run check`: types in every environment, the linter, the layers. Prints findings alone, and one line at the end.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnvironment, findNode } from './install.mjs';
import { run, say } from './say.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const node = findNode(root);
const options = { cwd: root, env: childEnvironment(root) };
const tool = (name, ...args) => run(node, [path.join(root, 'node_modules', name), ...args], options);

const environments = readdirSync(root).filter((name) => /^tsconfig\..+\.json$/.test(name) && name !== 'tsconfig.base.json').sort();
const checks = [
  ...environments.map((config) => [`types (${config})`, () => tool('typescript/bin/tsc', '-p', config)]),
  ['lint', () => tool('oxlint/bin/oxlint', '--quiet', '--deny-warnings')],
  ['layers', () => run(node, [path.join(root, 'scripts/check-layers.mjs')], options)],
];

let failed = 0;
const queue = [...checks];
const next = async () => {
  for (let check = queue.shift(); check; check = queue.shift()) {
    const [name, begin] = check;
    const { code, output } = await begin();
    if (code === 0) continue;
    failed += 1;
    console.error(`${name}:\n${output.trimEnd()}\n`);
  }
};
await Promise.all([next(), next()]);
if (failed === 0) say('Types, lint and layers are in order.');
process.exitCode = failed > 0 ? 1 : 0;
