// People who reach one another in any other way: a relay carries nothing when it need not.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { leaveNothingBehind } from '../support/processes.ts';
import { COTURN } from './diagnosis-world.ts';
import { labLacks, removeNetworks } from './lab-network.ts';
import { build, CONE, RELAY, relayedBytes, startSeedAndLeech, SYMMETRIC } from './webrtc-world.ts';

const lacks = labLacks(COTURN);
if (lacks) console.log(`Skipped: ${lacks}.`);
removeNetworks();
leaveNothingBehind();

const SEED_PORT = 6881;

describe('people who reach one another', () => {
  it.skipIf(lacks)('never use the relay, although it is there', async () => {
    const world = await build([{ prerouting: `iifname "wan0" tcp dport ${SEED_PORT} dnat ip to 192.168.1.10:${SEED_PORT}` }, SYMMETRIC]);
    const delivery = { turn: [RELAY], stun: ['stun:25.0.0.2:3478'] };
    const { seed, leech } = await startSeedAndLeech(world, delivery, SEED_PORT);
    await leech.until('the download is done', ({ done }) => done);
    expect(leech.state!.sha256).toBe(world.payload.files[0]!.sha256);
    expect(leech.state!.ways).toEqual(['tcp tracker']);
    // Longer than the grace time.
    await sleep(25_000);
    await leech.end();
    await seed.end();
    expect(relayedBytes(world.network)).toBe(0);
    expect(world.coturn.stdout).not.toMatch(/username=<lab>/);
  });

  it.skipIf(lacks)('use a direct data channel rather than the relay where UDP passes', async () => {
    const world = await build([CONE, CONE]);
    const delivery = { turn: [RELAY], stun: ['stun:25.0.0.2:3478'] };
    const { seed, leech } = await startSeedAndLeech(world, delivery);
    await leech.until('the download is done', ({ done }) => done);
    expect(leech.state!.sha256).toBe(world.payload.files[0]!.sha256);
    expect(leech.state!.ways).toEqual(['webrtc webrtc']);
    await leech.end();
    await seed.end();
    const bytes = relayedBytes(world.network);
    console.log(`Relayed: ${bytes} bytes (ICE's own looks at the relay)`);
    expect(bytes).toBeLessThan(50_000);
  });
});
