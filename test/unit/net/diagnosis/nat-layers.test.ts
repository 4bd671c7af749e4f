// Which layers of translation the evidence shows, and that it never shows more than it does.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { judgeNatLayers } from '../../../../main/net/diagnosis/nat-layers.ts';

const local = '192.168.1.10';
const mapped = '25.0.0.100';
const router = (address: string) => ({ kind: 'router', address }) as const;
const there = { kind: 'arrived' } as const;
const silent = { kind: 'silent' } as const;

it.each([
  { name: 'a public address of its own', given: { localAddress: mapped }, says: ['none', 'certain'] },
  { name: 'the router has the address that others see', given: { routerWanAddress: mapped }, says: ['single', 'certain'] },
  { name: 'the router has an address of a carrier', given: { routerWanAddress: '100.72.0.9' }, says: ['carrier', 'certain'] },
  { name: 'the router has a private address', given: { routerWanAddress: '192.168.0.2' }, says: ['double', 'certain'] },
  { name: 'the router has a private address, a carrier behind it', given: { routerWanAddress: '192.168.0.2', hops: [router('192.168.1.1'), router('192.168.0.1'), router('100.64.0.1')] }, says: ['carrier', 'certain'] },
  { name: 'the router has none, a carrier behind it', given: { routerWanAddress: '', hops: [router('192.168.1.1'), router('100.64.0.1'), there] }, says: ['carrier', 'certain'] },
  { name: 'the router has none, a private hop behind it', given: { routerWanAddress: '0.0.0.0', hops: [router('192.168.1.1'), router('10.0.0.1')] }, says: ['double', 'certain'] },
  { name: 'the router has none, and nothing else is known', given: { routerWanAddress: '' }, says: ['several', 'likely'] },
  { name: 'the router has another public address than others see', given: { routerWanAddress: '25.0.7.7' }, says: ['several', 'likely'] },
  { name: 'a router that cannot be asked, a carrier hop', given: { hops: [router('192.168.1.1'), router('100.64.0.1')] }, says: ['carrier', 'likely'] },
  { name: 'a router that cannot be asked, a private hop', given: { hops: [router('192.168.1.1'), router('192.168.100.1')] }, says: ['double', 'likely'] },
  { name: 'a router that cannot be asked, a public hop', given: { hops: [router('192.168.1.1'), router('25.0.0.1')] }, says: ['single', 'likely'] },
  { name: 'the own address is a carrier\'s', given: { localAddress: '100.64.3.3' }, says: ['carrier', 'likely'] },
  { name: 'silent hops say nothing', given: { hops: [silent, silent, silent] }, says: ['unknown', 'unknown'] },
  { name: 'nothing is known', given: { mappedAddress: null, localAddress: null }, says: ['unknown', 'unknown'] },
])('$name', ({ given, says }) => {
  const { layers, certainty } = judgeNatLayers({ localAddress: local, mappedAddress: mapped, routerWanAddress: null, hops: null, ...given });
  expect([layers, certainty]).toEqual(says);
});

it('takes any text for an address without trouble', () => {
  const text = fc.option(fc.string());
  fc.assert(fc.property(text, text, text, (localAddress, mappedAddress, routerWanAddress) => {
    expect(['none', 'single', 'double', 'carrier', 'several', 'unknown']).toContain(judgeNatLayers({ localAddress, mappedAddress, routerWanAddress, hops: null }).layers);
  }));
});
