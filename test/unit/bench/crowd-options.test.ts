// The crowd bench's command line: what makes no sense is refused with a sentence before anything is measured.
import { describe, expect, it } from 'vitest';
import { POLICIES, readPolicies } from '../../bench/policies.ts';

// Plain JavaScript, which has no types to offer.
const place = new URL('../../bench/crowd/options.mjs', import.meta.url).href;
const { HELP, parseOptions } = await import(place) as { HELP: string; parseOptions(words: string[]): Record<string, unknown> };

describe('the crowd bench', () => {
  it.each([
    ['--clients', '0'], ['--strategy', 'magic'], ['--mix', 'aria2'], ['--kill', 'seed'], ['--without', 'magic'], ['--goal', 'magic'], ['--delivery', '{half'], ['--delivery', '[1]'],
  ])('refuses %s %s and says what it wants', (option, value) => {
    expect(() => parseOptions([option, value])).toThrow(`${option} ${value}: `);
  });

  it('names in its help every policy that it can leave out', () => {
    expect(POLICIES.filter((policy) => !HELP.includes(policy))).toEqual([]);
    expect(readPolicies('sent-map,trade-slots', '--without')).toEqual(['sent-map', 'trade-slots']);
    expect(parseOptions(['--without', 'pacing', '--delivery', '{"cdn":"always"}'])).toMatchObject({ without: ['pacing'], delivery: { cdn: 'always' } });
  });
});
