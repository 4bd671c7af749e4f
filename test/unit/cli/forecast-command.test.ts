// What `flashswarm forecast` understands, what it refuses, and how it puts it.
import { describe, expect, it } from 'vitest';
import { readForecast } from '../../../main/cli/forecast-command.ts';
import { forecastText } from '../../../main/cli/forecast-text.ts';
import { formatRate, parseBytes, parseCount, parseRate, parseTime } from '../../../main/cli/units.ts';
import { forecast } from '../../../main/forecast/forecast.ts';

describe('units', () => {
  it('are read as they are written', () => {
    expect(parseBytes('4GiB', '--size')).toBe(4 * 1024 ** 3);
    expect(parseBytes('1.5 GB', '--size')).toBe(1.5e9);
    expect(parseRate('10Mbit/s', '--up')).toBe(1.25e6);
    expect(parseRate('1Gbit/s', '--up')).toBe(125e6);
    expect(parseRate('5MB/s', '--up')).toBe(5e6);
    expect(parseTime('10min', '--within')).toBe(600);
    expect(parseTime('2h', '--within')).toBe(7200);
    expect(parseCount('200000', '--audience')).toBe(200_000);
  });

  it.each(['4', '4G', '4gib', '-4GiB', '4GiB ', 'GiB', '1e9B', '0x10B', '4 GiB/s', 'constructor', '1toString', '٤GiB', ''])('refuse the size "%s" with what would do', (text) => {
    expect(() => parseBytes(text, '--size')).toThrow(/--size/);
  });

  it.each(['10', '10Mb/s', '10mb/s', '10Mbps', '10M', '10Mbit', 'fast', '10Mbit/s/s'])('refuse the rate "%s"', (text) => {
    expect(() => parseRate(text, '--up')).toThrow(/--up/);
  });

  it.each(['10', '10m', '10:00', '-1s'])('refuse the time "%s"', (text) => {
    expect(() => parseTime(text, '--within')).toThrow(/--within/);
  });

  it.each(['1.5', '-1', '1e3', '1000000001', ''])('refuse the count "%s"', (text) => {
    expect(() => parseCount(text, '--audience')).toThrow(/--audience/);
  });

  it('are written as lines are sold', () => {
    expect([1.25e6, 125e6, 5e6, 31_250, 1.5e6 / 8].map(formatRate)).toEqual(['10 Mbit/s', '1 Gbit/s', '40 Mbit/s', '250 kbit/s', '1.5 Mbit/s']);
  });
});

const asked = { audience: '20000', size: '4GiB', up: '10Mbit/s', down: '100Mbit/s' };

describe('the options', () => {
  it('need somebody who has it, and what is sent how fast', () => {
    expect(() => readForecast(asked)).toThrow('Somebody has to have it first');
    expect(() => readForecast({ ...asked, seeds: '3' })).toThrow('--seed-up is missing');
    expect(() => readForecast({ ...asked, size: undefined, origin: '1Gbit/s' })).toThrow('--size is missing');
    expect(() => readForecast({ ...asked, audience: '0', origin: '1Gbit/s' })).toThrow('--audience must be more than 0');
    expect(readForecast({ ...asked, 'seed-up': '1Gbit/s' })).toMatchObject({ seeds: 1, seedUpBytesPerSecond: 125e6, originBytesPerSecond: 0 });
  });

  it.each(['0', '1.1', '-1', '50%', 'NaN', ''])('refuse the efficiency "%s"', (efficiency) => {
    expect(() => readForecast({ ...asked, origin: '1Gbit/s', efficiency })).toThrow('--efficiency');
  });
});

describe('the words', () => {
  const say = (more: Record<string, string>): string => {
    const input = readForecast({ ...asked, efficiency: '0.8', ...more });
    return forecastText(input, forecast(input), '80 %, as given.');
  };

  it('tell a publisher the times, the bytes and what happens when the server fails', () => {
    const text = say({ origin: '10Gbit/s', within: '2h' });
    expect(text).toContain('20000 people want 4.3 GB at the same moment');
    expect(text).toMatch(/HTTP alone +everybody has it after 19:05:19; the server sends 85\.9 TB/);
    expect(text).toMatch(/Together +everybody has it after 1:0\d:\d\d \(\d+ times sooner\)/);
    expect(text).toContain('without seeds: nobody gets it');
    expect(text).toContain('Done in time as planned');
    expect(text).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  it('do not speak of a server that there is not, and say when a time is out of reach', () => {
    const text = say({ seeds: '3', 'seed-up': '1Gbit/s', within: '1min' });
    expect(text).not.toContain('HTTP alone');
    expect(text).toContain('There are 3 seeds with 1 Gbit/s each.');
    expect(text).toContain('Not possible: a line of 100 Mbit/s needs');
    expect(text).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  it('do not let people go on by themselves who send nothing', () => {
    const text = say({ up: '0Mbit/s', origin: '1Gbit/s' });
    expect(text).toContain('people without an uplink cannot go on by themselves');
    expect(text).not.toMatch(/NaN|Infinity|nobody gets all/);
  });
});
