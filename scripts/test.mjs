// `npm test [-- part ...]`: installs what is missing, then check, build, unit, integration, lab, e2e, desktop; one line of sums at the end.
// Plain JS without dependencies, so that it runs on Node 20 from a fresh clone.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnvironment, ensureInstalled, findNode } from './install.mjs';
import { run, say } from './say.mjs';
import { isBuilt } from './source-stamp.mjs';
import { ensurePrograms, sortTestFiles } from './test-packages.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const steps = ['check', 'build', 'unit', 'integration', 'lab', 'e2e', 'desktop'];
const wantsPrograms = new Set(['unit', 'integration', 'lab', 'e2e', 'desktop']);
const wanted = process.argv.slice(2);
const unknown = wanted.filter((part) => !steps.includes(part));
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(', ')}. There are: ${steps.join(', ')}.`);
  process.exit(2);
}
const isWanted = (step) => wanted.length === 0 || wanted.includes(step);
/** Tests note here what they drove through a stand-in only. */
const standIns = path.join(mkdtempSync(path.join(tmpdir(), 'flashswarm-stand-ins-')), 'list');
const sums = { passed: 0, failed: 0, skipped: 0 };

function testFiles(part) {
  try {
    return readdirSync(path.join(root, 'test', part), { recursive: true })
      .map((name) => `test/${part}/${String(name).replaceAll('\\', '/')}`)
      .filter((name) => /\.test\.tsx?$/.test(name))
      .sort();
  } catch {
    return [];
  }
}

/** Runs one part under vitest and adds its report to the sums. */
async function runVitest(part, node, env, missing) {
  const { runnable, skipped } = sortTestFiles(root, testFiles(part), missing);
  for (const { file, lacking } of skipped) {
    say(`Skipped ${file}: ${lacking.join(', ')} ${lacking.length > 1 ? 'are' : 'is'} not here.`);
    sums.skipped += 1;
  }
  if (runnable.length === 0) return;
  const folder = mkdtempSync(path.join(tmpdir(), 'flashswarm-report-'));
  const report = path.join(folder, 'report.json');
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const { code } = await run(node, [
    vitest, 'run', '--project', part, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...(skipped.length > 0 ? runnable : []),
  ], { cwd: root, env, show: true });
  let failed = 0;
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    failed = result.numFailedTests + result.testResults.filter((file) => file.status === 'failed' && file.assertionResults.every((one) => one.status !== 'failed')).length;
    sums.passed += result.numPassedTests;
    sums.skipped += result.numPendingTests + (result.numTodoTests ?? 0);
  } catch {
    console.error(`${part}: vitest left no report.`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  // An error outside any test fails the run as well.
  sums.failed += failed > 0 || code === 0 ? failed : 1;
}

async function main() {
  await ensureInstalled(root);
  const node = findNode(root);
  const env = { ...childEnvironment(root), FLASHSWARM_STAND_INS: standIns };
  const missing = steps.some((step) => isWanted(step) && wantsPrograms.has(step)) ? await ensurePrograms() : [];
  const script = async (name) => {
    const { code } = await run(node, [path.join(root, 'scripts', name)], { cwd: root, env, show: true });
    if (code !== 0) sums.failed += 1;
    return code === 0;
  };
  if (isWanted('check')) await script('check.mjs');
  const needsBuild = isWanted('build') || (!isBuilt(root) && ['integration', 'e2e', 'desktop'].some(isWanted));
  if (needsBuild) {
    say('Building ...');
    if (!(await script('build.mjs'))) return;
  }
  for (const part of ['unit', 'integration', 'lab', 'e2e', 'desktop']) if (isWanted(part)) await runVitest(part, node, env, missing);
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  sums.failed += 1;
}
try {
  const list = [...new Set(readFileSync(standIns, 'utf8').split('\n').filter(Boolean))].sort();
  console.log(`Driven through stand-ins only, because the real thing is not here:\n${list.map((one) => `  - ${one}`).join('\n')}`);
} catch {
  // No test that ran had to.
}
rmSync(path.dirname(standIns), { recursive: true, force: true });
console.log(`${sums.passed} passed, ${sums.failed} failed, ${sums.skipped} skipped`);
process.exit(sums.failed > 0 ? 1 : 0);
