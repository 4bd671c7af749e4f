// Every router guide is complete, dated and sourced, and none sends people to do what cannot help.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const folder = new URL('../../../assets/routers/', import.meta.url);
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
const files = (name: string): string[] => readdirSync(fileURLToPath(new URL(name, folder))).sort();

const line = z.string().min(8).max(400).regex(/^[^<>{}]*(?:\{(?:address|port|protocol)\}[^<>{}]*)*$/, 'only the known placeholders').regex(/[.\w})]$/);
const steps = z.array(line).min(1).max(8);
const source = z.object({ title: z.string().min(3).max(120), url: z.url({ protocol: /^https?$/, hostname: z.regexes.domain }) }).strict();
const day = z.iso.date();
const Maker = z.object({
  id: z.string().regex(/^[a-z0-9-]{2,40}$/), pages: z.array(z.string().min(4).max(60)).min(1).max(4), upnp: steps.min(2), forwarding: steps.min(2), reservation: steps.min(2), bridge: steps.optional(),
  note: line.optional(), sources: z.array(source).min(1).max(4), checked: day, verified: z.boolean(),
}).strict();
const Place = z.object({
  id: z.string().regex(/^[a-z0-9-]{2,40}$/), title: z.string().min(3).max(60), lead: line, steps: steps.min(2), sources: z.array(source).min(1).max(4), checked: day, verified: z.boolean(),
}).strict();
const Index = z.object({
  makers: z.array(z.object({ id: z.string(), name: z.string().min(3).max(60), match: z.array(z.object({ manufacturer: z.string().optional(), model: z.string().optional() }).strict()).min(1) }).strict()),
  places: z.array(z.object({ id: z.string(), title: z.string() }).strict()),
}).strict();

const index = Index.parse(read('index.json'));
const makers = files('makers/').map((name) => ({ name, guide: Maker.parse(read(`makers/${name}`)) }));
const places = files('places/').map((name) => ({ name, guide: Place.parse(read(`places/${name}`)) }));
const all = (guide: z.infer<typeof Maker>): string => [...guide.upnp, ...guide.forwarding, ...guide.reservation, ...guide.bridge ?? [], guide.note ?? ''].join(' ');

describe('router guides', () => {
  test('there are at least 25 makers, and the index names each of them once', () => {
    expect(index.makers.length).toBeGreaterThanOrEqual(25);
    expect(makers.map(({ guide }) => guide.id).sort()).toEqual([...index.makers.map(({ id }) => id), 'generic'].sort());
    expect(new Set(index.makers.map(({ id }) => id)).size).toBe(index.makers.length);
    for (const { name, guide } of [...makers, ...places]) expect(name).toBe(`${guide.id}.json`);
  });

  test.each(index.makers.map((maker) => [maker.name, maker] as const))('%s is recognised by patterns that are sound and never match everything', (_, { match }) => {
    for (const rule of match) {
      const patterns = [rule.manufacturer, rule.model].filter((one) => one !== undefined);
      expect(patterns.length).toBeGreaterThan(0);
      for (const pattern of patterns) expect(new RegExp(pattern, 'i').test('Acme Corporation Router 1')).toBe(false);
    }
  });

  test.each(makers.map(({ name, guide }) => [name, guide] as const))('%s says what to enter, when it was compared and with what', (_, guide) => {
    for (const placeholder of ['{address}', '{port}', '{protocol}']) expect(guide.forwarding.join(' ')).toContain(placeholder);
    expect(guide.reservation.join(' ')).toContain('{address}');
    expect(Date.parse(guide.checked)).toBeGreaterThan(Date.parse('2026-01-01'));
    expect(all(guide)).not.toMatch(/\bTODO\b|!|\bsimply\b/);
  });

  test('most were compared with a source that names the menus', () => {
    expect(makers.filter(({ guide }) => guide.verified).length).toBeGreaterThanOrEqual(20);
  });

  test('a guide that was not compared keeps to words that are true of any router', () => {
    const general = new Set(makers.filter(({ guide }) => !guide.verified).flatMap(({ guide }) => [...guide.upnp.slice(1), ...guide.forwarding.slice(1), ...guide.reservation.slice(1)]));
    expect(general.size).toBeLessThanOrEqual(5);
  });

  test('there are guides for places and kinds of networks, in the order of the index', () => {
    expect(index.places.map(({ id }) => id).sort()).toEqual(['carrier', 'dormitory', 'double-nat', 'hotel', 'ipv6-firewall', 'phone-hotspot', 'travel-router', 'vpn']);
    expect(places.map(({ guide: { id, title } }) => ({ id, title })).sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(index.places.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
  });

  test('where a provider shares addresses, no port forwarding is advised', () => {
    for (const id of ['carrier', 'phone-hotspot']) {
      const guide = places.find((one) => one.guide.id === id)?.guide;
      expect(guide).toBeDefined();
      expect(JSON.stringify(guide?.steps)).not.toMatch(/port.?forward|port.?mapping|virtual server|\{port\}|\bUPnP\b|\bDMZ\b/i);
    }
  });
});
