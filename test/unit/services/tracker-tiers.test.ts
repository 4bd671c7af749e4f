// Each tracker once, in the tier that names it first.
import { expect, it } from 'vitest';
import { freshTiers } from '../../../main/services/tracker-tiers.ts';

it('keeps each address where it stands first', () => {
  expect(freshTiers([['a', 'b', 'a'], ['b'], ['c', 'a']])).toEqual([['a', 'b'], ['c']]);
});

it('leaves out what is known', () => {
  expect(freshTiers([['a'], ['b', 'c']], ['a', 'c'])).toEqual([['b']]);
});
