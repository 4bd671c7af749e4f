// Which of two versions is newer, by semver.org's own order.
import { expect, test } from 'vitest';
import { compareVersions, isSemanticVersion } from '../../../main/package/client-version.ts';

test('orders versions as semantic versioning does', () => {
  const order = ['0.9.0', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0-rc.1', '1.0.0', '1.0.1', '1.2.0', '1.10.0', '2.0.0'];
  for (const [i, a] of order.entries()) for (const [j, b] of order.entries()) expect(Math.sign(compareVersions(a, b)!), `${a} and ${b}`).toBe(Math.sign(i - j));
  expect(compareVersions('1.0.0+build.1', '1.0.0+build.2')).toBe(0);
});

test.each(['1', '1.0', 'v1.0.0', '01.0.0', '1.0.0-', '1.0.0-01', '1.0.0-a..b', '1.0.0.0', '', 'latest'])('takes %j for no version', (text) => {
  expect(isSemanticVersion(text)).toBe(false);
  expect(compareVersions('1.0.0', text)).toBeNull();
});
