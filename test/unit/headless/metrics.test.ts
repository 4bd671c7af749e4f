// The metrics page: text that scrapers take, and who may read it without the token.
import { describe, expect, it } from 'vitest';
import type { Metrics, PackageMetrics } from '../../../contract/index.ts';
import { MetricsPage } from '../../../main/headless/metrics.ts';
import { metricsText } from '../../../main/headless/metrics-text.ts';
import { readPrometheusText } from '../../support/prometheus-text.ts';

const packageOf = (id: string, part: Partial<PackageMetrics> = {}): PackageMetrics => ({
  id, name: 'An event', startedAt: 1_000_000, completedAt: null, firstPieceMs: 640, bytes: { people: 900, server: 100, local: 7, wasted: 3, uploaded: 50, total: 2000 }, originShare: 0.1, skew: 0.25,
  trackers: [{ host: 'tracker.example', answerMs: 42, medianAnswerMs: 45, answers: 3, failures: 1 }], smoothing: { share: 0.4, endsAt: 9, allowedBytesPerSecond: null },
  control: { action: 'more-server', reason: 'stall', since: 5 }, now: { connected: 9, complete: 2, helping: 5, rarestCopies: 3, meanCopies: 4, done: 0.5 }, joined: 12, left: 3, ...part,
});
const metricsOf = (packages: PackageMetrics[]): Metrics => ({
  at: 1, version: '1.2.3', packageCount: packages.length, packages, core: { startedAt: 5000, cpuSeconds: 1.5, memoryBytes: 1e8 }, totals: { receivedBytes: 1000, uploadedBytes: 50, connected: 9, dhtNodes: 0 },
});

describe('the metrics text', () => {
  it('gives bytes as counters by source, people and copies as gauges, seconds as seconds', async () => {
    const { contentType, text } = await metricsText(metricsOf([packageOf('org.example.event')]));
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    const { types, series } = readPrometheusText(text);
    const value = (name: string, labels: Record<string, string> = {}) => series.find((one) => one.name === name && Object.entries(labels).every(([key, said]) => one.labels[key] === said))?.value;
    const here = { package: 'org.example.event' };
    expect(value('flashswarm_package_received_bytes_total', { ...here, source: 'people' })).toBe(900);
    expect(value('flashswarm_package_received_bytes_total', { ...here, source: 'server' })).toBe(100);
    expect(value('flashswarm_package_first_piece_seconds', here)).toBe(0.64);
    expect(value('flashswarm_package_tracker_answer_seconds', { ...here, host: 'tracker.example' })).toBe(0.042);
    expect(value('flashswarm_package_people_joined_total', here)).toBe(12);
    expect(value('flashswarm_package_skew_ratio', here)).toBe(0.25);
    expect(value('flashswarm_package_smoothing_ratio', here)).toBe(0.4);
    expect(value('flashswarm_package_control_more_server', here)).toBe(1);
    expect(value('flashswarm_core_cpu_seconds_total')).toBe(1.5);
    expect([...types].filter(([name, type]) => (type === 'counter') !== name.endsWith('_total'))).toEqual([]);
  });

  it('leaves out what is not known, and is good with no package at all', async () => {
    const { series } = readPrometheusText((await metricsText(metricsOf([packageOf('a', { firstPieceMs: null, originShare: null, smoothing: null, skew: null, trackers: [] })]))).text);
    expect(series.filter(({ name }) => /first_piece|origin|smoothing|skew|tracker/.test(name))).toEqual([]);
    readPrometheusText((await metricsText(metricsOf([]))).text);
  });

  it('takes any name that a publisher gives', async () => {
    const names = ['quotes "here"', 'back\\slash', 'two\nlines', '{}=,', '活动 🎬', 'x'.repeat(5000)];
    const { series } = readPrometheusText((await metricsText(metricsOf(names.map((name, i) => packageOf(`p${i}`, { name }))))).text);
    expect(series.filter(({ name }) => name === 'flashswarm_package_info').map(({ labels }) => labels.name)).toEqual(names.map((name) => name.slice(0, 200)));
  });

  it('has a thousand packages', async () => {
    const { text } = await metricsText(metricsOf(Array.from({ length: 1000 }, (_, i) => packageOf(`p${i}`))));
    expect(readPrometheusText(text).series.length).toBeGreaterThan(20_000);
  });
});

describe('who may read /metrics without the token', () => {
  const page = (open: boolean) => new MetricsPage({ open, request: async () => ({ ok: true, value: null }) });
  const from = (remoteAddress: string | undefined, headers: Record<string, string> = {}) => ({ headers, socket: { remoteAddress } });

  it('nobody, unless the operator opened it', () => expect(page(false).isOpenTo(from('127.0.0.1'))).toBe(false));

  it.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])('then programs on this machine (%s)', (address) => expect(page(true).isOpenTo(from(address))).toBe(true));

  it.each(['192.168.1.2', '::ffff:10.0.0.1', '2001:db8::1', '1127.0.0.1', undefined])('but no other machine (%s)', (address) => expect(page(true).isOpenTo(from(address))).toBe(false));

  it.each([
    ['origin', 'http://evil.example'], ['origin', 'null'], ['referer', 'http://evil.example/'], ['sec-fetch-site', 'cross-site'], ['sec-fetch-mode', 'no-cors'],
    ['x-forwarded-for', '203.0.113.9'], ['forwarded', 'for=203.0.113.9'], ['via', '1.1 proxy'],
  ])('no browser and no proxy that asks for somebody else (%s: %s)', (name, value) => expect(page(true).isOpenTo(from('127.0.0.1', { [name]: value }))).toBe(false));
});
