// Breaks every layer rule on purpose in a copy of the sources and sees the check fail.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
let copy = '';

beforeEach(() => {
  copy = mkdtempSync(path.join(tmpdir(), 'flashswarm-layers-'));
});
afterEach(() => {
  rmSync(copy, { recursive: true, force: true });
});

function put(file: string, source: string): void {
  mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
  writeFileSync(path.join(copy, file), source);
}

const checkLayers = (): { status: number | null; stderr: string } =>
  spawnSync(process.execPath, [path.join(root, 'scripts/check-layers.mjs'), copy], { encoding: 'utf8' });

const forbidden: [file: string, specifier: string][] = [
  ['contract/broken.ts', 'node:fs'],
  ['contract/broken.ts', 'react'],
  ['contract/broken.ts', '../main/engine/queue.ts'],
  ['preload/broken.ts', '../main/core/supervisor.ts'],
  ['preload/broken.ts', 'node:fs'],
  ['renderer/broken.tsx', 'electron'],
  ['renderer/broken.tsx', 'node:path'],
  ['renderer/broken.tsx', 'zod'],
  ['renderer/features/broken.tsx', '../../main/services/library.ts'],
  ['main/metainfo/broken.ts', '../engine/queue.ts'],
  ['main/metainfo/broken.ts', '../../contract/index.ts'],
  ['main/metainfo/broken.ts', 'electron'],
  ['main/engine/broken.ts', 'electron'],
  ['main/engine/broken.ts', 'webtorrent'],
  ['main/engine/broken.ts', 'webtorrent/lib/peer.js'],
  ['main/engine/webtorrent-adapter.ts', 'electron'],
  ['main/engine/broken.ts', '../services/library.ts'],
  ['main/engine/broken.ts', '../core/core.ts'],
  ['main/net/broken.ts', '../services/library.ts'],
  ['main/net/broken.ts', 'webtorrent'],
  ['main/package/broken.ts', '../engine/queue.ts'],
  ['main/services/broken.ts', '../core/core.ts'],
  ['main/services/broken.ts', 'electron'],
  ['main/services/broken.ts', 'webtorrent'],
  ['main/core/broken.ts', 'electron'],
  ['main/core/broken.ts', '../headless/main.ts'],
  ['main/headless/broken.ts', '../engine/queue.ts'],
  ['main/headless/broken.ts', '../services/library.ts'],
  ['main/headless/broken.ts', '../core/core.ts'],
  ['main/headless/broken.ts', 'electron'],
  ['main/cli/broken.ts', '../engine/queue.ts'],
  ['main/cli/broken.ts', '../services/library.ts'],
  ['main/cli/broken.ts', 'electron'],
  ['main/desktop/broken.ts', '../engine/queue.ts'],
  ['main/desktop/broken.ts', '../services/library.ts'],
  ['main/desktop/broken.ts', '../headless/main.ts'],
  ['main/desktop/broken.ts', 'undici'],
  ['main/media/broken.ts', '../headless/media.ts'],
  ['main/media/broken.ts', 'electron'],
  ['main/new-folder/broken.ts', 'node:fs'],
];

describe('the layer check', () => {
  test.each(forbidden)('%s may not import %s', (file, specifier) => {
    put(file, `import '${specifier}';\n`);
    const { status, stderr } = checkLayers();
    expect(stderr).toContain(`${file} may not import ${specifier}`);
    expect(status).toBe(1);
  });

  test.each([
    ['a type', "import type { Queue } from '../engine/queue.ts';\nexport type T = Queue;\n"],
    ['an inline type', "export type T = import('../engine/queue.ts').Queue;\n"],
    ['a re-export', "export * from '../engine/queue.ts';\n"],
    ['a late import', "export const load = () => import('../engine/queue.ts');\n"],
    ['require', "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\nrequire('../engine/queue.ts');\n"],
  ])('sees %s', (_, source) => {
    put('main/headless/broken.ts', source);
    expect(checkLayers().stderr).toContain('main/headless/broken.ts may not import ../engine/queue.ts');
  });

  test('lets through what the table allows', () => {
    put('main/headless/fine.ts', "import '../core/supervisor.ts';\nimport '../../contract/index.ts';\nimport 'node:http';\nimport 'ws';\n");
    put('main/engine/webtorrent-adapter.ts', "import 'webtorrent';\nimport '../metainfo/metainfo.ts';\n");
    put('main/desktop/fine.ts', "import 'electron';\nimport '../core/supervisor.ts';\nimport 'node:path';\n");
    const { status, stderr } = checkLayers();
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});

describe('the environments', () => {
  beforeEach(() => {
    for (const name of ['tsconfig.base.json', 'tsconfig.contract.json', 'tsconfig.node.json', 'tsconfig.renderer.json', '.oxlintrc.json']) {
      cpSync(path.join(root, name), path.join(copy, name));
    }
    symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  });
  const tool = (name: string, ...args: string[]): { status: number | null; stdout: string } =>
    spawnSync(process.execPath, [path.join(root, 'node_modules', name), ...args], { cwd: copy, encoding: 'utf8' });

  test.each([
    ['contract', 'contract/broken.ts', 'export const cwd = process.cwd();\n', "'process'"],
    ['contract', 'contract/broken.ts', 'export const title = document.title;\n', "'document'"],
    ['node', 'main/core/broken.ts', 'export const title = document.title;\n', "'document'"],
    ['renderer', 'renderer/broken.ts', 'export const cwd = process.cwd();\n', "'process'"],
  ])('%s: %s has no such globals', (environment, file, source, name) => {
    put(file, source);
    const { status, stdout } = tool('typescript/bin/tsc', '-p', `tsconfig.${environment}.json`);
    expect(stdout).toContain(file);
    expect(stdout).toContain(name);
    expect(status).not.toBe(0);
  });

  test.each([
    ['main/engine/broken.ts', 'electron'],
    ['main/services/broken.ts', 'webtorrent'],
    ['main/headless/broken.ts', '../engine/queue.ts'],
    ['main/desktop/broken.ts', '../services/library.ts'],
    ['renderer/broken.ts', '../main/core/supervisor.ts'],
  ])('the linter alone refuses %s importing %s', (file, specifier) => {
    put(file, `import * as broken from '${specifier}';\nexport default broken;\n`);
    const { status, stdout } = tool('oxlint/bin/oxlint', '--quiet');
    expect(stdout).toContain('no-restricted-imports');
    expect(status).not.toBe(0);
  });
});
