// What `npm start` and `npm test` find to be missing: packages, and a build that is older than its sources.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const scripts = fileURLToPath(new URL('../../../scripts', import.meta.url));
let root = '';

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'flashswarm-up-to-date-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Runs plain JS with everything that a script exports, as the scripts themselves do: in a Node of its own. */
function evaluate(script: string, expression: string): unknown {
  const module = pathToFileURL(path.join(scripts, script)).href;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e',
    `import * as script from ${JSON.stringify(module)}; const root = ${JSON.stringify(root)}; console.log(JSON.stringify(${expression}));`], { encoding: 'utf8' });
  if (stderr) throw new Error(stderr);
  return JSON.parse(stdout);
}

function put(file: string, content: unknown): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), typeof content === 'string' ? content : JSON.stringify(content));
}

describe('areInstalled', () => {
  const lock = {
    packages: {
      '': { name: 'x' }, 'main/part': {}, 'node_modules/part': { link: true }, 'node_modules/a': { version: '1.0.0' },
      'node_modules/other-platform': { version: '3.0.0', optional: true },
    },
  };
  const installed = (): unknown => evaluate('install.mjs', 'script.areInstalled(root)');

  test('is false on a fresh clone', () => {
    put('package-lock.json', lock);
    expect(installed()).toBe(false);
  });

  test('is true when everything of this platform is there', () => {
    put('package-lock.json', lock);
    put('node_modules/.package-lock.json', { packages: { 'node_modules/part': { link: true }, 'node_modules/a': { version: '1.0.0' } } });
    expect(installed()).toBe(true);
  });

  test.each([
    ['another version', { 'node_modules/part': { link: true }, 'node_modules/a': { version: '0.9.0' } }],
    ['a missing package', { 'node_modules/part': { link: true } }],
    ['a package where the project has its own', { 'node_modules/part': { version: '4.0.0' }, 'node_modules/a': { version: '1.0.0' } }],
  ])('is false with %s', (_, packages) => {
    put('package-lock.json', lock);
    put('node_modules/.package-lock.json', { packages });
    expect(installed()).toBe(false);
  });
});

describe('isBuilt', () => {
  const built = (): unknown => evaluate('source-stamp.mjs', 'script.isBuilt(root)');

  beforeEach(() => {
    put('main/core/main.ts', 'export {};');
    put('dist/core/main.js', '');
    expect(built()).toBe(false);
    evaluate('source-stamp.mjs', '(script.markBuilt(root, script.sourceStamp(root)), true)');
    expect(built()).toBe(true);
  });

  test('is false after an edit, however small', () => {
    utimesSync(path.join(root, 'main/core/main.ts'), new Date(0), new Date(0));
    expect(built()).toBe(false);
  });

  test('is false after a new file and after one was removed', () => {
    put('renderer/new.ts', '');
    expect(built()).toBe(false);
    rmSync(path.join(root, 'renderer/new.ts'));
    expect(built()).toBe(true);
    rmSync(path.join(root, 'main/core/main.ts'));
    expect(built()).toBe(false);
  });

  test('does not mind tests and documents', () => {
    put('test/unit/some.test.ts', '');
    put('docs/some.md', '');
    expect(built()).toBe(true);
  });
});
