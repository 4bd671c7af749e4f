// The words of the connectivity page: each verdict, action and check has its sentence, and the first level is free of the trade's terms.
import { describe, expect, it } from 'vitest';
import { ActionKind, CheckId, Connectivity, Reach, Verdict } from '../../../contract/index.ts';
import type { Check } from '../../../contract/index.ts';
import en from '../../../assets/translations/en.json';
import { text, texts } from '../../../renderer/i18n.ts';
import { parseServerLines } from '../../../renderer/features/connectivity/server-lines.ts';
import { canBeImproved, comparison, headlineOf, moveOf, sentencesOf, valuesOf, wayOf, whatOf } from '../../../renderer/features/connectivity/verdict-words.ts';
import { connectivityOf, networks } from '../../support/fake-connectivity.ts';

const words = en.connectivity;
const jargon = /\b(C?G?NAT|ports?|UDP|TCP|MTU|STUN|TURN|UPnP|IGD|PCP|IPv[46]|IP|DNS|DHCP|WAN|LAN|DMZ|gateways?|mappings?|peers?|packets?|endpoints?|protocols?|sockets?|interfaces?)\b/i;
const isSentence = /^[A-Z“].*[.]$|^Checking your connection \.\.\.$/;

describe('the first level', () => {
  const lines = [
    ...Object.values(words.headline), ...Object.values(words.means), ...Object.values(words.action).flatMap((one) => Object.values(one as Record<string, string>)), ...Object.values(words.sidebar), ...Object.values(words.way.at),
    ...Object.values(words.way.all), ...Object.values(words.way.place), words.noServers, words.stillRunning, ...Object.values(words.since), ...Object.values(words.signIn), words.banner, words.consent.title, words.consent.why, words.consent.learn, words.consent.later,
  ];
  it.each(lines.map((one) => [one]))('is understood without knowing networks: %s', (one) => {
    expect(one).not.toMatch(jargon);
    expect(one).not.toMatch(/!|oops|please|sorry/i);
  });

  it.each(Verdict.shape.means.options)('says what "%s" means for downloads', (means) => expect(words.means[means]).toMatch(isSentence));

  it.each(ActionKind.options)('has a sentence for %s, and a button wherever one helps', (kind) => {
    const key = `connectivity.action.${kind}`;
    expect(text(`${key}.what`)).toMatch(isSentence);
    const move = moveOf(kind);
    if (move === 'steps' || move === 'copy-message' || move === 'check') expect(texts.exists(`${key}.button`)).toBe(true);
    if (move === 'none') expect(['none', 'wait']).toContain(kind);
  });

  it.each(Object.entries(networks))('has a first line for "%s"', (_, report) => {
    expect(Connectivity.parse(report)).toEqual(report);
    expect(text(headlineOf(report))).toMatch(isSentence);
  });

  it('tells "not connected" and "sign in" from a network that blocks', () => {
    expect(headlineOf(networks.offline!)).toBe('connectivity.headline.offline');
    expect(headlineOf(networks.portal!)).toBe('connectivity.headline.signIn');
    expect(headlineOf(networks['use-other-network']!)).toBe('connectivity.means.none');
  });

  it.each([['server-inside', '127.0.0.1:8469 stands in your own network'], ['server-not-found', 'probe.northwind.example:7399 could not be found'], ['server-silent', 'probe.northwind.example:7399 did not answer']])(
    'names the server in "%s"', (name, words) => {
      const report = networks[name]!;
      const said = text(whatOf(report), { server: report.verdict.action.facts.server });
      expect(said).toContain(words);
      expect(said).toMatch(isSentence);
    },
  );

  it.each(['not-outside', 'server-not-found', 'server-silent', 'server-other', 'server-refused'])('has a sentence for a server with "%s", for the action and for each check', (reason) => {
    const verdict = { ...networks.unknown!.verdict, action: { kind: 'check-again' as const, facts: { server: 'a.example:1', reason } } };
    expect(text(whatOf({ verdict, servers: [] }), { server: 'a.example:1' })).toMatch(/^[A-Z].*a\.example:1.*\.$/);
    for (const id of ['nat', 'probe', 'probe6', 'ipv6', 'path-mtu'] as const) expect(texts.t(sentencesOf({ id, state: 'done', says: reason, outcome: 'unknown' }))).toBe(text(`connectivity.check.any.${reason}`));
  });

  it('leads to the settings where another server is to be named, and else checks again', () => {
    expect([moveOf('check-again', 'not-outside'), moveOf('check-again', 'server-silent'), moveOf('check-again')]).toEqual(['consent', 'check', 'check']);
    expect(whatOf({ ...networks.unknown!, verdict: { ...networks.unknown!.verdict, action: { kind: 'check-again', facts: { server: 'x', reason: 'button' } } } })).toBe('connectivity.action.check-again.what');
  });

  it('shows a banner only when something can be done', () => {
    const shown = Object.entries(networks).filter(([, report]) => canBeImproved(report)).map(([name]) => name);
    for (const name of ['open', 'moderate', 'wait', 'unknown', 'server-inside', 'server-silent', 'running', 'never']) expect(shown).not.toContain(name);
    for (const name of ['forward-port', 'bridge-mode', 'portal', 'set-qos']) expect(shown).toContain(name);
  });
});

describe('the picture', () => {
  const at = (name: string) => wayOf(networks[name]!);
  it.each([
    ['forward-port', 'router', 'blocks'], ['bridge-mode', 'second-router', 'blocks'], ['ask-provider', 'provider', 'blocks'], ['leave-vpn', 'vpn', 'blocks'], ['allow-in-firewall', 'computer', 'blocks'],
    ['portal', 'network', 'blocks'], ['offline', 'network', 'blocks'], ['set-qos', 'router', 'slows'], ['lower-mtu', 'internet', 'slows'], ['use-ipv6', 'provider', 'slows'],
  ])('of "%s" marks %s', (name, place, mark) => {
    const { places, obstacle } = at(name);
    expect(obstacle).toBe(place);
    expect(places.filter((one) => one.mark === 'blocks' || one.mark === 'slows')).toEqual([{ id: place, mark }]);
    expect(text(`connectivity.way.at.${place}`, { context: mark })).toMatch(isSentence);
  });
  it('marks nothing where nothing is in the way, and claims nothing where nothing is known', () => {
    expect(at('open').places.every((one) => one.mark === 'through')).toBe(true);
    expect(at('never').places.every((one) => one.mark === 'unknown')).toBe(true);
    expect(at('unknown').mark).toBe('unknown');
  });
  it('starts at this computer and ends at other people', () => {
    for (const name of Object.keys(networks)) expect([at(name).places[0]?.id, at(name).places.at(-1)?.id]).toEqual(['computer', 'people']);
  });
});

describe('the checks', () => {
  /** Every word that the core chooses a sentence by, for each check; see main/services/check-words.ts. */
  const says: Partial<Record<CheckId, string[]>> = {
    nat: ['udp-blocked', 'direct', 'endpoint-independent', 'address-dependent', 'address-and-port-dependent', 'endpoint-dependent', 'unknown'],
    'nat-layers': ['none', 'single', 'double', 'carrier', 'several', 'unknown'],
    mapping: ['ok', 'problem', 'unreachable', 'refused', 'conflict', 'no-address', 'not-allowed', 'full', 'not-supported', 'vanished', 'stolen', 'bad-answer', 'no-gateway', 'closed', 'unknown', 'not-applicable'],
    gateway: ['talks', 'silent', 'unknown', 'not-applicable'], vpn: ['vpn', 'proxy', 'ok', 'unknown'], turn: ['ok', 'wrong-password', 'refused', 'no-answer', 'bad-answer'],
    'path-mtu': ['black-hole', 'ok', 'warning', 'unknown'], latency: ['bloated', 'ok', 'unknown'],
  };
  const outcomes: Check['outcome'][] = ['ok', 'problem', 'warning', 'unknown', 'not-applicable'];
  it.each(CheckId.options.flatMap((id) => (says[id] ?? outcomes).map((word) => [id, word] as const)))('%s has a sentence for "%s"', (id, word) => {
    const keys = sentencesOf({ id, state: 'done', says: word, outcome: 'ok' });
    const sentence = texts.t(keys) as string;
    expect(sentence).toMatch(isSentence);
    if (says[id]) expect(texts.exists(keys[0]!)).toBe(true);
  });
  it.each(CheckId.options)('%s has a title and words for each state', (id) => {
    expect(text(`connectivity.check.${id}.title`)).not.toContain('connectivity.');
    for (const state of ['waiting', 'running', 'cancelled', 'skipped'] as const) expect(texts.t(sentencesOf({ id, state, says: state, outcome: 'unknown' }))).toMatch(isSentence);
    expect(texts.t(sentencesOf({ id, state: 'skipped', says: 'no-consent', outcome: 'unknown' }))).toContain('no server outside may be asked');
  });
  it('has a sentence even for a word that it does not know', () => {
    expect(texts.t(sentencesOf({ id: 'nat', state: 'done', says: 'something-new', outcome: 'problem' }))).toMatch(isSentence);
  });
  it('has a word for each way in', () => {
    for (const reach of Reach.options) expect([text(`connectivity.reach.${reach}`), text(`connectivity.sidebar.${reach}`)].join()).not.toContain('connectivity.');
  });
  it('compares two runs, and does not where one is not known', () => {
    expect([comparison('strict', 'open'), comparison('open', 'blocked'), comparison('open', 'open'), comparison('unknown', 'open'), comparison('unknown', 'unknown')]).toEqual(['better', 'worse', 'same', null, 'same']);
  });
});

describe('what is entered at the router', () => {
  it('is the address and port of the verdict, or else this computer\'s own', () => {
    expect(valuesOf(networks['forward-port']!)).toEqual({ address: '192.168.178.20', address6: '2001:db8:7:1::20', port: 51_413 });
    expect(valuesOf(connectivityOf())).toEqual({ address: '192.168.1.10', address6: null, port: 51_413 });
    expect(valuesOf(connectivityOf({ ownAddresses: ['fd00::1'], listenPort: 0 }))).toEqual({ address: null, address6: null, port: null });
  });
});

describe('servers that are typed', () => {
  it.each(['stun.example.org:3478', 'stun:stun.example.org', 'probe://probe.example.org:7399', '192.0.2.1', '[2001:db8::1]:3478', '2001:db8::1', 'localhost'])('takes %s', (line) => {
    expect(parseServerLines('stun', line)).toEqual({ ok: true, list: [line] });
  });
  it.each(['http://stun.example.org', 'a b', 'stun.example.org:0', 'stun.example.org:70000', '-x', 'x'.repeat(400)])('refuses %s', (line) => {
    expect(parseServerLines('probe', line).ok).toBe(false);
  });
  it('takes one to a line, each once, and not too many', () => {
    expect(parseServerLines('stun', ' a.example \n\n b.example\na.example')).toEqual({ ok: true, list: ['a.example', 'b.example'] });
    expect(parseServerLines('probe', 'a\nb\nc\nd\ne')).toMatchObject({ ok: false, key: 'connectivity.servers.wrong.many' });
  });
  it('takes plain http pages alone, with what they answer', () => {
    expect(parseServerLines('portal', 'http://portal.example/check success').ok).toBe(true);
    expect(parseServerLines('portal', 'https://portal.example/check').ok).toBe(false);
  });
});
