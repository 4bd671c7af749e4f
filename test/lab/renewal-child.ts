// The verdict on the network, kept as the core keeps it but with an hour in seconds, as a process of its own for the lab: reports out, commands in.
import { createInterface } from 'node:readline';
import { NetworkChangeWatch } from '../../main/net/network-change.ts';
import { OutboundGate } from '../../main/net/outbound-gate.ts';
import { PortMapper } from '../../main/net/port-mapping/port-mapper.ts';
import { Connectivity } from '../../main/services/connectivity.ts';

const { dataDir, stun, betweenRunsMs } = JSON.parse(process.argv[2]!) as { dataDir: string; stun: string[]; betweenRunsMs: number };
let aheadMs = 0;
const now = (): number => Date.now() + aheadMs;
const log = (line: string): void => void process.stderr.write(`${line}\n`);
const gate = new OutboundGate({ allowPrivate: false, userAgent: 'Flashswarm/0.1' });
const mapper = new PortMapper({ log, timing: { pollMs: 500, sleepMs: 60_000, searchMs: 1_500, httpMs: 1_500, datagramMs: 1_500, graceMs: 200 } });
mapper.want([{ internalPort: 6881, protocol: 'tcp', description: 'Flashswarm' }]);
mapper.start();
const resting = { state: 'resting', timed: '', idleMs: null, loadedMs: null, bloatedAt: null, downloadBytesPerSecond: null, uploadBytesPerSecond: null } as const;
const connectivity = new Connectivity({
  dataDir, gate, mappings: () => mapper.state(), refreshMappings: (reason) => mapper.refresh(reason), mappingsAreBusy: () => mapper.isBusy, listenPort: () => 6881, inbound: () => [],
  consent: () => stun.length > 0, servers: () => ({ stun, probe: [], turn: [], portal: [] }), fromPackages: () => ({ stun: [], probe: [], hint: null }), load: () => null,
  guard: { report: () => resting, noteIdle: () => undefined }, renewal: { settleMs: 1_000, betweenRunsMs }, log,
});
const changes = new NetworkChangeWatch({ now, pollMs: 500 });
changes.on('changed', (change) => {
  if (change === 'resumed') mapper.refresh('resumed');
  connectivity.networkChanged(change);
});
connectivity.on('changed', ({ state, since, startedAt, finishedAt, verdict, ownAddresses, gateway }) => process.stdout.write(`${JSON.stringify({
  state, since, startedAt, finishedAt, reach: verdict.reach, action: verdict.action.kind, ownAddresses, gateway: gateway?.address ?? null,
})}\n`));
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'run') connectivity.run();
  if (line === 'sleep') aheadMs += 3_600_000;
  if (line === 'end') void Promise.all([changes.close(), connectivity.close(), mapper.close(), gate.close()]).then(() => process.stdin.destroy());
});
