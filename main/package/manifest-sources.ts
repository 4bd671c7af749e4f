// Checks the hosts that a manifest names: nothing in it can lead into the user's own network.
import { checkedPeerAddress } from '../metainfo/source-addresses.ts';
import { relayHost } from './manifest-schema.ts';
import { refuseManifest } from './manifest-refusal.ts';
import type { Manifest } from './package-types.ts';
import { isLiteralPrivateHost } from './public-host.ts';
import { quotable } from './shown-text.ts';

/** Schemes are the schema's business. Throws PackageError `bad-package`. */
export function checkSources(manifest: Manifest, options: { allowPrivate: boolean }): void {
  for (const { host, where } of hostsOf(manifest)) {
    if (options.allowPrivate || !isLiteralPrivateHost(host)) continue;
    throw refuseManifest(where, (
      `This package wants to contact "${quotable(host)}", which is not on the public internet but in your own network or on this computer. If that is meant, allow local networks in the settings.`
    ));
  }
}

function* hostsOf({ publisher, sources = {}, update, layers }: Manifest): Generator<{ host: string; where: string }> {
  if (publisher.homepage !== undefined) yield { host: hostOf(publisher.homepage), where: 'publisher.homepage' };
  if (update) yield { host: hostOf(update.url), where: 'update.url' };
  for (const [tier, trackers] of (sources.trackers ?? []).entries()) {
    for (const [index, url] of trackers.entries()) yield { host: hostOf(url), where: `sources.trackers[${tier}][${index}]` };
  }
  for (const [index, url] of (sources.webSeeds ?? []).entries()) yield { host: hostOf(url), where: `sources.webSeeds[${index}]` };
  for (const [kind, name] of [['seeders', 'seeder'], ['probe', 'probe server']] as const) {
    for (const [index, address] of (sources[kind] ?? []).entries()) {
      const where = `sources.${kind}[${index}]`;
      if (checkedPeerAddress(address) !== address) throw refuseManifest(where, `The ${name} "${quotable(address)}" is not written as host:port.`);
      yield { host: address.slice(0, address.lastIndexOf(':')), where };
    }
  }
  for (const kind of ['stun', 'turn'] as const) {
    for (const [index, server] of (sources[kind] ?? []).entries()) {
      yield { host: relayHost(typeof server === 'string' ? server : server.url, kind)!, where: `sources.${kind}[${index}]` };
    }
  }
  for (const [index, { encryption }] of layers.entries()) {
    if (encryption) yield { host: hostOf(encryption.keyUrl), where: `layers[${index}].encryption.keyUrl` };
  }
}

function hostOf(url: string): string {
  return new URL(url).hostname;
}
