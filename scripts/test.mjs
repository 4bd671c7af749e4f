// `npm test [-- part ...]`: installs what is missing, then check, build, and the tests in two lanes side by side; one line of sums at the end.
// Plain JS without dependencies, so that it runs on Node 20 from a fresh clone.
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnvironment, ensureInstalled, findNode } from './install.mjs';
import { endMarked, markName } from './marked-processes.mjs';
import { run, say } from './say.mjs';
import { isBuilt } from './source-stamp.mjs';
import { ensurePrograms, sortTestFiles } from './test-packages.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
/** What mostly computes beside what mostly waits: for limits, time-outs, routers and windows. */
const lanes = [['unit', 'integration'], ['lab', 'e2e', 'desktop']];
const steps = ['check', 'build', ...lanes.flat()];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((part) => !steps.includes(part));
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(', ')}. There are: ${steps.join(', ')}.`);
  process.exit(2);
}
const isWanted = (step) => wanted.length === 0 || wanted.includes(step);
/** All that the tests write to temporary folders, so that nothing stays when a run is ended in the middle. A short name: sockets are made below. */
const scratch = mkdtempSync(path.join(tmpdir(), 'fsw-'));
if (process.platform !== 'win32') chmodSync(scratch, 0o1777); // servers under test that are not root's reach their folders through it
/** Tests note here what they drove through a stand-in only. */
const standIns = path.join(scratch, 'stand-ins');
const sums = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const mark = randomUUID();
const stop = new AbortController();
let stoppedBy = 0;

/** Told to end, it ends what it started, and what vitest's workers had started. */
function stopOnSignals() {
  for (const [signal, number] of [['SIGHUP', 1], ['SIGINT', 2], ['SIGTERM', 15]]) {
    process.on(signal, () => {
      if (stoppedBy > 0) return;
      stoppedBy = number;
      stop.abort();
      void endMarked(mark);
    });
  }
}

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

/** Runs one part under vitest and adds its report to the sums. @param label what each of its lines begins with, when another part runs beside it */
async function runVitest(part, node, env, missing, label) {
  const { runnable, skipped } = sortTestFiles(root, testFiles(part), missing);
  for (const { file, lacking } of skipped) {
    say(`${label}Skipped ${file}: ${lacking.join(', ')} ${lacking.length > 1 ? 'are' : 'is'} not here.`);
    sums.skipped += 1;
  }
  if (runnable.length === 0) return;
  const report = path.join(scratch, `${part}.json`);
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const { code } = await run(node, [
    vitest, 'run', '--project', part, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`,
    ...(label !== '' && process.stdout.isTTY ? ['--color'] : []), ...(skipped.length > 0 ? runnable : []),
  ], { cwd: root, env, show: true, label, signal: stop.signal });
  if (stop.signal.aborted) return;
  let failed = 0;
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    failed = result.numFailedTests + result.testResults.filter((file) => file.status === 'failed' && file.assertionResults.every((one) => one.status !== 'failed')).length;
    sums.passed += result.numPassedTests;
    sums.skipped += result.numPendingTests + (result.numTodoTests ?? 0);
    for (const file of result.testResults.filter(({ status }) => status === 'failed')) {
      const name = path.relative(root, file.name);
      const broken = file.assertionResults.filter(({ status }) => status === 'failed');
      failures.push(...(broken.length > 0 ? broken.map(({ fullName }) => `${name}: ${fullName}`) : [name]));
    }
  } catch {
    console.error(`${label}vitest left no report.`);
  }
  // An error outside any test fails the run as well.
  sums.failed += failed > 0 || code === 0 ? failed : 1;
}

async function main() {
  await ensureInstalled(root);
  const node = findNode(root);
  const env = {
    ...childEnvironment(root), FLASHSWARM_STAND_INS: standIns, TMPDIR: scratch, [markName]: mark,
    // Each file has a process of its own, and each wants vitest: a fifth less work with what Node made of it the first time.
    NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/node-compile'),
  };
  const missing = lanes.flat().filter(isWanted).some((part) => testFiles(part).length > 0) ? await ensurePrograms(root) : [];
  stopOnSignals();
  const script = async (name) => {
    const { code } = await run(node, [path.join(root, 'scripts', name)], { cwd: root, env, show: true, signal: stop.signal });
    if (code !== 0) sums.failed += 1;
    return code === 0;
  };
  if (isWanted('check')) await script('check.mjs');
  const needsBuild = isWanted('build') || (!isBuilt(root) && ['integration', 'e2e', 'desktop'].some(isWanted));
  if (needsBuild) {
    say('Building ...');
    if (!(await script('build.mjs'))) return;
  }
  const wantedLanes = lanes.map((lane) => lane.filter(isWanted)).filter((lane) => lane.length > 0);
  await Promise.all(wantedLanes.map(async (lane) => {
    for (const part of lane) if (!stop.signal.aborted) await runVitest(part, node, env, missing, wantedLanes.length > 1 ? `${part.padEnd(11)} | ` : '');
  }));
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  sums.failed += 1;
}
if (stop.signal.aborted) await endMarked(mark);
try {
  const list = [...new Set(readFileSync(standIns, 'utf8').split('\n').filter(Boolean))].sort();
  console.log(`Driven through stand-ins only, because the real thing is not here:\n${list.map((one) => `  - ${one}`).join('\n')}`);
} catch {
  // No test that ran had to.
}
rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
if (stoppedBy > 0) {
  console.log('Stopped.');
  process.exit(128 + stoppedBy);
}
if (failures.length > 0) console.log(`Failed:\n${failures.map((one) => `  - ${one}`).join('\n')}`);
console.log(`${sums.passed} passed, ${sums.failed} failed, ${sums.skipped} skipped`);
process.exit(sums.failed > 0 ? 1 : 0);
