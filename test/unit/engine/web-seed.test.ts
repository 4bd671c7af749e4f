import { describe, expect, it } from 'vitest';
import type { FetchRange, RangeAnswer } from '../../../main/engine/engine-types.ts';
import { WebSeeds, fileUrl } from '../../../main/engine/web-seed.ts';
import type { Metainfo } from '../../../main/metainfo/metainfo.ts';

const data = Uint8Array.from({ length: 95 }, (_, i) => i);
const metainfo = {
  name: 'a b', multiFile: true, pieceLength: 20, pieceCount: 5, length: 95,
  files: [
    { path: ['one'], length: 30, offset: 0, padding: false },
    { path: ['pad'], length: 10, offset: 30, padding: true },
    { path: ['dir', 'two?'], length: 55, offset: 40, padding: false },
  ],
} as unknown as Metainfo;
for (let i = 30; i < 40; i++) data[i] = 0;
const offsets: Record<string, number> = { 'http://s/a%20b/one': 0, 'http://s/a%20b/dir/two%3F': 40 };

function run(fetchRange: FetchRange, right: (piece: number, bytes: Uint8Array) => boolean = () => true) {
  let now = 0;
  const open = [0, 1, 2, 3, 4];
  const got = new Map<number, Uint8Array>();
  const asked: string[] = [];
  let bytes = 0;
  const seeds = new WebSeeds({
    metainfo, now: () => now,
    fetchRange: (url, from, to, options) => {
      asked.push(`${url} ${from}-${to} max ${options.maxBytes}`);
      return fetchRange(url, from, to, options);
    },
    take: () => open.shift() ?? -1,
    deliver: async (piece, content) => {
      const ok = right(piece, content);
      if (ok) got.set(piece, content);
      else open.push(piece);
      return ok;
    },
    giveBack: (piece) => open.push(piece),
    onBytes: (count) => { bytes += count; },
    peersServe: () => false,
  });
  seeds.add('http://s/');
  seeds.start();
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 200; i++) await Promise.resolve();
  };
  return { seeds, got, asked, open, settle, bytes: () => bytes, advance: (ms: number) => { now += ms; seeds.tick(); } };
}

const honest: FetchRange = async (url, from, to) => {
  const start = offsets[url]! + from;
  const total = url.endsWith('one') ? 30 : 55;
  return { status: 206, contentRange: `bytes ${from}-${to}/${total}`, body: data.subarray(start, start + to - from + 1) };
};

it('fetches exactly the ranges of each piece, across files and without padding', async () => {
  const { got, asked, settle, bytes } = run(honest);
  await settle();
  expect([...got.keys()].sort()).toEqual([0, 1, 2, 3, 4]);
  for (const [piece, content] of got) expect(content).toEqual(data.slice(piece * 20, Math.min(95, piece * 20 + 20)));
  expect(asked).toContain('http://s/a%20b/one 20-29 max 10');
  expect(asked.some((line) => line.includes('pad'))).toBe(false);
  expect(bytes()).toBe(85);
});

describe('a server that errs', () => {
  const answers: [string, RangeAnswer | Error][] = [
    ['the whole file for a range', { status: 200, contentRange: null, body: new Uint8Array(55) }],
    ['another range', { status: 206, contentRange: 'bytes 1-20/55', body: new Uint8Array(20) }],
    ['too little', { status: 206, contentRange: 'bytes 0-19/30', body: new Uint8Array(3) }],
    ['503', { status: 503, contentRange: null, body: new Uint8Array(0) }],
    ['nothing', new Error('connection refused')],
  ];
  it.each(answers)('that sends %s is asked ever more rarely, and its pieces go to others', async (_name, answer) => {
    const { got, asked, open, settle, advance } = run(async () => {
      if (answer instanceof Error) throw answer;
      return answer;
    });
    await settle();
    const atFirst = asked.length;
    expect(atFirst).toBeLessThanOrEqual(2);
    for (let second = 0; second < 60; second++) {
      advance(1000);
      await settle();
    }
    expect(asked.length - atFirst).toBeLessThanOrEqual(5);
    expect([got.size, open.length]).toEqual([0, 5]);
  });

  it('with wrong bytes twice is asked no more', async () => {
    const { asked, settle, advance } = run(honest, () => false);
    for (let minute = 0; minute < 60; minute++) {
      await settle();
      advance(60_000);
    }
    const pieces = asked.filter((line) => line.includes(' 0-') || line.includes('one') || line.includes('two'));
    expect(pieces.length).toBeLessThanOrEqual(8);
  });
});

it('names files as BEP 19 does', () => {
  expect(fileUrl('http://s/x.bin', { name: 'x.bin', multiFile: false }, ['x.bin'])).toBe('http://s/x.bin');
  expect(fileUrl('http://s/d/', { name: 'x y', multiFile: false }, ['x y'])).toBe('http://s/d/x%20y');
  expect(fileUrl('http://s/d', { name: 'n', multiFile: true }, ['a', 'b#'])).toBe('http://s/d/n/a/b%23');
});
