// Compares semantic versions (semver.org 2.0.0): whether this client is new enough for a package.

interface Version { numbers: [number, number, number]; prerelease: string[] }

const PATTERN = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:-([0-9A-Za-z.-]{1,64}))?(?:\+[0-9A-Za-z.-]{1,64})?$/;

function parse(text: string): Version | null {
  const match = text.length <= 160 ? PATTERN.exec(text) : null;
  if (!match) return null;
  const prerelease = match[4]?.split('.') ?? [];
  if (prerelease.some((part) => part === '' || /^0\d+$/.test(part))) return null;
  return { numbers: [Number(match[1]), Number(match[2]), Number(match[3])], prerelease };
}

export function isSemanticVersion(text: string): boolean {
  return parse(text) !== null;
}

/** Negative, zero or positive as `a` comes before, with or after `b`; null when one of them is no semantic version. */
export function compareVersions(a: string, b: string): number | null {
  const [left, right] = [parse(a), parse(b)];
  if (!left || !right) return null;
  for (const [index, number] of left.numbers.entries()) {
    if (number !== right.numbers[index]) return number - right.numbers[index]!;
  }
  if (left.prerelease.length === 0 || right.prerelease.length === 0) return right.prerelease.length - left.prerelease.length;
  for (const [index, part] of left.prerelease.entries()) {
    const other = right.prerelease[index];
    if (other === undefined) return 1;
    if (part === other) continue;
    const [partIsNumber, otherIsNumber] = [/^\d+$/.test(part), /^\d+$/.test(other)];
    if (partIsNumber && otherIsNumber) return Number(part) - Number(other);
    if (partIsNumber !== otherIsNumber) return partIsNumber ? -1 : 1;
    return part < other ? -1 : 1;
  }
  return left.prerelease.length - right.prerelease.length;
}
