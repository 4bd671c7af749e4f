// What the connectivity page asks of the core, and what it remembers.
import { beforeEach, describe, expect, it } from 'vitest';
import { answerConsent, cancelChecks, changeServers, dismissVerdict, loadConnectivity, runChecks, takeReport, verdictKey } from '../../../renderer/actions/connectivity.ts';
import { setBridge } from '../../../renderer/bridge/bridge.ts';
import { useConnectivity } from '../../../renderer/stores/connectivity-store.ts';
import { useSession } from '../../../renderer/stores/session-store.ts';
import { createFake, type Fake } from '../../support/fake-bridge.ts';
import { networks } from '../../support/fake-connectivity.ts';
import { worldOf } from '../../support/fake-world.ts';

let fake: Fake;
beforeEach(() => {
  fake = createFake({ ...worldOf([]), connectivity: networks.never! });
  setBridge({ ...fake.bridge, onLink: () => () => {} });
  useSession.setState({ settings: fake.world.settings });
  useConnectivity.setState({ report: null, failure: null, declined: false, dismissed: [] });
});
const asked = (): [string, unknown][] => fake.asked.map(({ name, input }) => [name, input]);

describe('the connectivity page', () => {
  it('holds the report as it was last heard', async () => {
    await loadConnectivity();
    expect(useConnectivity.getState().report).toEqual(networks.never);
    takeReport(networks.open!);
    expect(useConnectivity.getState().report).toEqual(networks.open);
  });

  it('never runs a check before the question is answered, and keeps the servers when it is', async () => {
    await loadConnectivity();
    await answerConsent(true);
    const { servers } = worldOf([]).settings.diagnosis;
    expect(asked()).toEqual([['connectivity.get', {}], ['settings.update', { diagnosis: { consent: true, servers } }], ['connectivity.run', {}]]);
    expect(useConnectivity.getState()).toMatchObject({ declined: false, report: { consent: true } });
    await answerConsent(false);
    expect(useConnectivity.getState().declined).toBe(true);
    expect(fake.world.settings.diagnosis).toEqual({ consent: false, servers });
  });

  it('does not run when the answer could not be stored', async () => {
    fake.handlers['settings.update'] = () => { throw new Error('The disk is full.'); };
    await answerConsent(true);
    expect(asked().map(([name]) => name)).not.toContain('connectivity.run');
  });

  it('changes one kind of servers and leaves the others and the consent', async () => {
    await changeServers({ probe: ['probe.example:7399'] });
    expect(fake.world.settings.diagnosis).toEqual({ consent: false, servers: { stun: ['stun.example:3478'], probe: ['probe.example:7399'], turn: [], portal: [] } });
  });

  it('runs and cancels', async () => {
    await runChecks();
    await cancelChecks('nat');
    await cancelChecks();
    expect(asked()).toEqual([['connectivity.run', {}], ['connectivity.cancel', { check: 'nat' }], ['connectivity.cancel', {}]]);
  });

  it('remembers each verdict whose banner was closed, and takes another one for new', () => {
    dismissVerdict(networks['forward-port']!.verdict);
    dismissVerdict(networks['forward-port']!.verdict);
    expect(useConnectivity.getState().dismissed).toEqual([verdictKey(networks['forward-port']!.verdict)]);
    expect(verdictKey(networks['bridge-mode']!.verdict)).not.toBe(verdictKey(networks['forward-port']!.verdict));
  });
});
