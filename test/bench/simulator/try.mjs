import { simulateCrowd } from './crowd.ts';
import { DEFAULT_SCENARIO } from './scenario.ts';
const s = { ...DEFAULT_SCENARIO };
for (const a of process.argv.slice(2)) { const [k, v] = a.split('='); s[k] = k === 'uplinks' ? v.split(',').map(Number) : k === 'ablate' ? v.split(',') : isNaN(Number(v)) ? (v === 'true' ? true : v) : Number(v); }
const r = await simulateCrowd(s);
const { scenario, seconds, ...rest } = r;
console.log(JSON.stringify(rest, (k, v) => typeof v === 'number' ? Number(v.toFixed(3)) : v));
