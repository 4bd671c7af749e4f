// What leaves with a report of the network: kinds and times, and nothing that tells where or whose it is.
import { expect, it } from 'vitest';
import { asText, withoutPrivateData } from '../../../main/services/connectivity-export.ts';
import { networks } from '../../support/fake-connectivity.ts';

it.each(Object.entries(networks))('names no server, no own address and no page of "%s"', (_, report) => {
  for (const text of [JSON.stringify(withoutPrivateData(report)), asText(report)]) {
    expect(text).not.toMatch(/northwind|203\.0\.113\.7|100\.72\.3\.4|2001:db8:7:1::20|portal\.example/);
  }
});

it('still tells what was wrong with a server', () => {
  expect(asText(networks['server-silent']!)).toMatch(/^probe: unknown, server-silent/m);
  expect(asText(networks['server-inside']!)).toMatch(/^probe: unknown, not-outside/m);
});
