// The shape of a manifest, field by field: types and bounds. What holds between fields is checked in manifest-checks.ts.
import { z } from 'zod';
import { compareVersions, isSemanticVersion } from './client-version.ts';
import { checkCritical } from './manifest-critical.ts';
import { refuseManifest } from './manifest-refusal.ts';
import { PackageError } from './package-error.ts';
import type { Manifest, ManifestFile } from './package-types.ts';
import { parseRfc3339 } from './rfc3339.ts';
import { isShownLine, isShownText, quotable } from './shown-text.ts';

export const MAX_MANIFEST_BYTES = 8 * 1024 * 1024;
export const MAX_FILES = 100_000;
export const MAX_LAYERS = 5000;
const MAX_URL_CHARACTERS = 2048;
const MAX_PATH_CHARACTERS = 1024;
const MAX_TERMS_BYTES = 64 * 1024;
const ID = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/;
const LAYER_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** Whether a text is a package's id: a name in reverse DNS ("com.example.game"), lower case, at most 120 characters. */
export function isPackageId(text: string): boolean {
  return text.length <= 120 && ID.test(text);
}

const line = (max: number) => z.string().max(max).refine(isShownLine, 'is empty or holds characters that hide or turn text around');
const text = (max: number) => z.string().max(max).refine(isShownText, 'is empty or holds characters that hide or turn text around');
const integer = (min: number, max = Number.MAX_SAFE_INTEGER) => z.number().int().min(min).max(max);
const hash = z.string().refine((value) => SHA256.test(value), 'is not a SHA-256 in 64 lower-case hex digits');
const time = z.string().refine((value) => parseRfc3339(value) !== null, 'is not a time as in 2026-01-31T18:00:00Z');

// Lengths come first: a list of a million wrong entries must not become a million findings.
const list = <T extends z.ZodType>(entry: T, max: number, min = 0) => (
  z.custom<unknown[]>((value) => Array.isArray(value) && value.length <= max && value.length >= min, `is not a list of ${min} to ${max.toLocaleString('en')} entries`).pipe(z.array(entry))
);

const url = (schemes: readonly string[]) => z.string().max(MAX_URL_CHARACTERS).refine((value) => isUrl(value, schemes), (
  `is not an address with ${schemes.map((scheme) => `${scheme}//`).join(' or ')} (without a user name, spaces or control characters)`
));

function isUrl(value: string, schemes: readonly string[]): boolean {
  if (!/^[!-~]+$/.test(value) || !URL.canParse(value)) return false;
  const parsed = new URL(value);
  if (!schemes.includes(parsed.protocol) || parsed.hostname === '' || parsed.username !== '' || parsed.password !== '') return false;
  return value.slice(parsed.protocol.length, parsed.protocol.length + 2) === '//' && (parsed.protocol !== 'udp:' || parsed.port !== '');
}

// By hand, because a large package has tens of thousands of them, and the first wrong one is enough.
const files = z.unknown().transform((value, context): ManifestFile[] => {
  const fail = (message: string, path: (string | number)[]) => {
    context.issues.push({ code: 'custom', message, path, input: value });
    return z.NEVER;
  };
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_FILES) return fail(`is not a list of 1 to ${MAX_FILES.toLocaleString('en')} files`, []);
  const read: ManifestFile[] = [];
  for (let index = 0; index < value.length; index += 1) {
    const { path, length, sha256 } = (value[index] ?? {}) as Partial<ManifestFile>;
    if (typeof path !== 'string' || path === '' || path.length > MAX_PATH_CHARACTERS) return fail(`is not a path of 1 to ${MAX_PATH_CHARACTERS} characters`, [index, 'path']);
    if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) return fail('is not a number of bytes', [index, 'length']);
    if (typeof sha256 !== 'string' || !SHA256.test(sha256)) return fail('is not a SHA-256 in 64 lower-case hex digits', [index, 'sha256']);
    read.push({ path, length, sha256 });
  }
  return read;
});

const encryption = z.object({
  algorithm: z.enum(['xchacha20-poly1305', 'aes-256-gcm']),
  chunkSize: integer(4096, 1024 * 1024),
  keyUrl: url(['https:']),
  keySha256: hash,
  files,
});

const layer = z.object({
  id: z.string().refine((value) => LAYER_ID.test(value), 'is not 1 to 64 letters, digits, dots, hyphens or underscores'),
  title: line(200),
  required: z.boolean(),
  requires: list(z.string().max(64), 100).default([]),
  order: integer(0, 1_000_000),
  torrent: z.string().min(1).max(MAX_MANIFEST_BYTES),
  files,
  segment: integer(0).optional(),
  encryption: encryption.optional(),
});

const regions = list(z.string().regex(/^[A-Z]{2}$/), 300, 1);
const discovery = z.enum(['on', 'fallback', 'off']).optional();
const relay = (scheme: string) => z.string().max(300).refine((value) => relayHost(value, scheme) !== null, `is not an address as in ${scheme}:host.example:3478`);
// RFC 7065 has no place for a name and a password, so a relay that asks for them is an object.
const turnServer = z.union([relay('turn'), z.object({ url: relay('turn'), username: line(256), credential: line(256) })]);

/** The host of `stun:host:port` or `turns:host?transport=udp` (RFC 7064, 7065) with one of the schemes ("stun", "turn"), or null. */
export function relayHost(value: string, scheme: string): string | null {
  const match = /^([a-z]+):(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::(\d{1,5}))?(?:\?transport=(?:udp|tcp))?$/.exec(value);
  if (!match || (match[1] !== scheme && match[1] !== `${scheme}s`)) return null;
  const port = Number(match[3] ?? 3478);
  return port >= 1 && port <= 65_535 ? match[2]! : null;
}

export const manifestSchema = z.object({
  format: z.literal('evpack/1'),
  package: z.object({
    id: z.string().refine(isPackageId, 'is not a name as in com.example.game: lower case, with a dot, at most 120 characters'),
    title: line(200),
    summary: text(2000).optional(),
    version: integer(1),
  }),
  issued: time,
  expires: time.optional(),
  publisher: z.object({ name: line(200), homepage: url(['https:', 'http:']).optional(), statements: list(z.string().max(32 * 1024), 100).optional() }),
  event: z.object({ startsAt: time.optional(), expectedAudience: integer(0, 10_000_000_000).optional(), segmentSeconds: z.number().min(0.1).max(86_400).optional(), networkHint: line(500).optional() }).optional(),
  terms: z.string().max(MAX_TERMS_BYTES).refine(isShownText, 'is empty or holds characters that hide or turn text around')
    .refine((value) => Buffer.byteLength(value) <= MAX_TERMS_BYTES, 'is longer than 64 KiB').optional(),
  regions: z.object({ only: regions.optional(), except: regions.optional() }).optional(),
  critical: z.array(z.string()).optional(),
  layers: list(layer, MAX_LAYERS, 1),
  sources: z.object({
    trackers: list(list(url(['https:', 'http:', 'udp:', 'wss:']), 50, 1), 50).optional(),
    webSeeds: list(url(['https:']), 100).optional(),
    seeders: list(z.string().max(300), 200).optional(),
    dht: discovery, pex: discovery, lsd: discovery,
    stun: list(relay('stun'), 20).optional(),
    turn: list(turnServer, 20).optional(),
    probe: list(z.string().max(300), 20).optional(),
  }).optional(),
  delivery: z.object({
    connections: integer(1, 10_000).optional(),
    uploadSlots: integer(0, 10_000).optional(),
    firstPieces: integer(0, 10_000).optional(),
    order: z.enum(['rarest', 'sequential']).optional(),
    transport: z.enum(['auto', 'tcp', 'utp']).optional(),
    cdn: z.enum(['start-and-rescue', 'always', 'off']).optional(),
    smoothing: z.object({ minutes: z.number().min(0).max(1440), startShare: z.number().min(0).max(1) }).optional(),
  }).optional(),
  update: z.object({ url: url(['https:']) }).optional(),
  minimumClient: z.string().optional(),
});

/**
 * A manifest from parsed JSON. Whether this client may read it at all is asked first (`format`, `minimumClient`, `critical`), because a newer
 * format may have another shape. Unknown fields are left out. Throws PackageError `needs-newer-client` or `bad-package`.
 * @param clientVersion semantic version of this client; without one, `minimumClient` is only read
 */
export function readManifest(value: unknown, clientVersion?: string): Manifest {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuseManifest('manifest', 'The signed part of this file is not a manifest.');
  const { format, minimumClient, critical } = value as Record<string, unknown>;
  if (format !== 'evpack/1') {
    if (typeof format !== 'string' || !/^evpack\/\d{1,4}$/.test(format)) throw refuseManifest('format', 'The signed part of this file does not say that it is an event package.');
    throw new PackageError('needs-newer-client', `This package is in the format ${format}, which this version of Flashswarm does not know. Update Flashswarm, then open it again.`, { where: 'format' });
  }
  checkMinimumClient(minimumClient, clientVersion);
  checkCritical(critical);
  const result = manifestSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const where = pathText(issue.path);
  throw refuseManifest(where, `The field ${where} of this package ${finding(issue, valueAt(value, issue.path))}, so it cannot be opened.`);
}

function checkMinimumClient(minimum: unknown, clientVersion: string | undefined): void {
  if (minimum === undefined) return;
  if (typeof minimum !== 'string' || !isSemanticVersion(minimum)) {
    throw refuseManifest('minimumClient', 'The version of Flashswarm that this package asks for is not a version number as in 1.2.0.');
  }
  const order = clientVersion === undefined ? 0 : compareVersions(clientVersion, minimum);
  if (order === null || order < 0) {
    throw new PackageError('needs-newer-client', `This package needs Flashswarm ${quotable(minimum)} or newer. Update Flashswarm, then open it again.`, { where: 'minimumClient' });
  }
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('').replace(/^\./, '');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, part) => (typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[part] : undefined), value);
}

function finding(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return 'is missing';
  if (issue.code === 'invalid_type') return `is of the wrong kind (${issue.expected} expected)`;
  if (issue.code === 'too_big') return `is larger or longer than ${issue.maximum} allows`;
  if (issue.code === 'too_small') return `is smaller or shorter than ${issue.minimum} asks for`;
  if (issue.code === 'invalid_value') return `has none of the values that are allowed (${issue.values.map(String).join(', ')})`;
  return issue.code === 'custom' ? issue.message : 'is not written as it should be';
}
