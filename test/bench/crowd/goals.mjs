// `--goals` and `--goal NAME`: measures what the goals ask for, medians of the rounds, prints the table and writes bench-results/goals.json.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { crowdFrom, runAll, save } from './crowd-bench.mjs';
import { GOALS, GROUPS } from './goal-list.mjs';
import { parseOptions } from './options.mjs';
import { isShared, lowerFactor } from './report.mjs';
import { medians } from './summarise.mjs';

const SIMULATOR = fileURLToPath(new URL('../simulator/run.mjs', import.meta.url));
/** How often the rates of a group are lowered before it is taken as it is. */
const LOWERINGS = 2;

export function listGoals() {
  for (const goal of GOALS) {
    console.log(goal.name);
    for (const group of goal.groups) for (const words of Object.values(GROUPS[group])) console.log(`    npm run bench:crowd -- ${words}`);
  }
}

/** @returns whether all were met */
export async function runGoals({ goal: name, rounds, json, scale, size }) {
  const wanted = GOALS.filter((goal) => !name || goal.name === name);
  const measured = {};
  const rows = [];
  for (const goal of wanted) {
    if (goal.isSimulator) {
      rows.push(...(await simulator()));
      continue;
    }
    for (const group of goal.groups) measured[group] ??= await measure(group, rounds, scale, size);
    const notes = [...new Set(goal.groups.map((group) => measured[group].note).filter(Boolean))].join('; ');
    const crowds = Object.fromEntries(goal.groups.map((group) => [group, measured[group].crowds]));
    const judged = goal.judge(crowds).map((row) => ({ name: goal.name, ...row, isMet: row.isMet && (row.isTimeless === true || !notes.includes('void')), notes }));
    rows.push(...judged);
    if (wanted.length > 1) print(judged);
    // Also of a table that is not finished: a measurement takes long.
    save(json ?? 'bench-results/goals.json', {
      at: new Date().toISOString(), cores: cpus().length, rounds, isFinished: goal === wanted.at(-1), rows, measured,
    });
  }
  print(rows);
  return rows.every(({ isMet }) => isMet);
}

/** A group's crowds in turns; where the cores are the limit, all of them again at lower rates. */
async function measure(group, rounds, scale, size) {
  let factor = scale;
  for (let lowered = 0; ; lowered++) {
    const crowds = Object.values(GROUPS[group]).map((words) => {
      const options = parseOptions([...words.split(' '), ...(size ? ['--size', size] : [])]);
      return slower(crowdFrom(options, { strategy: options.strategies[0], mix: options.mixes[0] }), factor);
    });
    // One round tells whether the cores carry it.
    const first = await runAll(crowds, 1);
    const fullest = first.flat().reduce((worst, run) => (run.coresShare > worst.coresShare ? run : worst));
    if (fullest.isVoid && !isShared(fullest) && lowered < LOWERINGS) {
      factor *= lowerFactor(fullest);
      console.error(`${group}: the cores are the limit; again with rates x ${factor.toFixed(2)}`);
      continue;
    }
    const rest = rounds > 1 ? await runAll(crowds, rounds - 1, 1) : crowds.map(() => []);
    const rows = crowds.map((_, i) => medians([...first[i], ...rest[i]]));
    const voids = rows.reduce((sum, row) => sum + row.voids, 0);
    return {
      note: [factor !== 1 ? `rates x ${factor.toFixed(2)}` : '', voids > 0 ? `${voids} of ${rounds * rows.length} runs void` : ''].filter(Boolean).join(', '), factor,
      crowds: Object.fromEntries(Object.keys(GROUPS[group]).map((key, i) => [key, rows[i]])),
    };
  }
}

const slower = (crowd, factor) => ({
  ...crowd, uplinks: crowd.uplinks.map((rate) => rate * factor), downlinks: crowd.downlinks.map((rate) => (rate === null ? null : rate * factor)),
  originRate: crowd.originRate * factor, edgeRate: crowd.edgeRate * factor, seedRate: crowd.seedRate * factor,
});

function print(rows) {
  const shown = (value) => (typeof value === 'number' ? Number(value.toFixed(3)) : value ?? 'not complete');
  console.table(rows.map(({ goal, value, limit, isMet, notes }) => ({ goal, 'measured': shown(value), limit, 'met': isMet ? 'yes' : 'NO', 'notes': notes ?? '' })));
}

/** The simulator has a table of its own; here is only whether it meets it. */
async function simulator() {
  const goal = 'simulator, 200 clients (its own table above)';
  if (!existsSync(SIMULATOR)) return [{ name: 'simulator', goal, value: null, limit: '', isMet: false, notes: 'not there' }];
  const child = spawn(process.execPath, [SIMULATOR, '--goals'], { stdio: ['ignore', 'inherit', 'inherit'] });
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  process.off('exit', kill);
  return [{ name: 'simulator', goal, value: code, limit: 'exit code 0', isMet: code === 0, notes: '' }];
}
