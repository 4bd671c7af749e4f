// Two people of whom neither can reach the other meet through coturn, with a real web socket tracker between them.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { leaveNothingBehind, until } from '../support/processes.ts';
import { COTURN } from './diagnosis-world.ts';
import { labLacks, removeNetworks } from './lab-network.ts';
import { build, RELAY, relayedBytes, startSeedAndLeech, SYMMETRIC } from './webrtc-world.ts';

const lacks = labLacks(COTURN);
if (lacks) console.log(`Skipped: ${lacks}.`);
removeNetworks();
leaveNothingBehind();

describe('two people of whom neither can reach the other', () => {
  it.skipIf(lacks)('finish the download through the relay, with the right bytes', async () => {
    const world = await build([SYMMETRIC, SYMMETRIC]);
    const delivery = { turn: [RELAY], stun: ['stun:25.0.0.2:3478'] };
    const { seed, leech } = await startSeedAndLeech(world, delivery);
    await leech.until('the download is done', ({ done }) => done);
    expect(leech.state!.sha256).toBe(world.payload.files[0]!.sha256);
    expect(leech.state!.ways).toEqual(['webrtc relay']);
    await leech.end();
    await seed.end();
    const bytes = relayedBytes(world.network);
    console.log(`Relayed: ${(bytes / 1e6).toFixed(1)} MB for ${(world.payload.length / 1e6).toFixed(1)} MB`);
    expect(bytes).toBeGreaterThan(world.payload.length);
    expect(world.coturn.stdout).toMatch(/peer usage: realm=<lab\.test>, username=<lab>, rp=\d+, rb=\d{4,}/);
  });

  it.skipIf(lacks)('are told that the relay refuses the password, once, and it is not asked over and over', async () => {
    const world = await build([SYMMETRIC, SYMMETRIC]);
    const delivery = { turn: [{ ...RELAY, credential: 'nope' }], stun: ['stun:25.0.0.2:3478'] };
    const { seed, leech } = await startSeedAndLeech(world, delivery);
    await leech.until('the problem is told', ({ problems }) => problems.length > 0);
    expect(leech.state!.problems).toEqual([expect.stringContaining('25.0.0.2:3478 refuses the user name and password')]);
    await leech.until('the tracker says so too', ({ trackers }) => trackers[0]!.message?.includes('refuses the user name'));
    const asked = (): number => [...world.coturn.stdout.matchAll(/401|credentials|Cannot find|check_stun_auth/g)].length;
    let before = 0;
    await until('whoever answers has asked it too', async () => {
      const had = asked();
      await sleep(4_000);
      before = asked();
      return before > 0 && before === had;
    });
    // The next round of offers comes after half a minute.
    await sleep(36_000);
    expect(asked()).toBe(before);
    expect(leech.state!.problems).toHaveLength(1);
    expect(leech.state!.done).toBe(false);
    await leech.end();
    await seed.end();
  });
});
