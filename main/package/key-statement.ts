// Statements about keys: an old key names its successor, or a key ends itself. They travel as files and inside packages.
import { z } from 'zod';
import { isUsablePublicKey } from './ed25519.ts';
import { isPackageId } from './manifest-schema.ts';
import { encodePublicKey, parsePublicKey } from './minisign-public-key.ts';
import type { SecretKey } from './minisign-secret-key.ts';
import { parseSignature, signatureHolds, signMessage } from './minisign-signature.ts';
import { PackageError } from './package-error.ts';
import { embeddedKeyOf, trustedCommentFor } from './package-header.ts';
import type { KeyStatement } from './package-types.ts';
import { parseRfc3339 } from './rfc3339.ts';
import { isShownLine } from './shown-text.ts';
import { parseStrictJson } from './strict-json.ts';

/** The text of a `.keys` file larger than this is refused unread, bytes. */
export const MAX_STATEMENTS_BYTES = 256 * 1024;
const MAX_STATEMENTS = 100;
const MAX_MARKS = 1000;
const LINES = 5;

const common = {
  format: z.literal('evpack-key/1'),
  key: z.string().max(100),
  issued: z.string().refine((value) => parseRfc3339(value) !== null),
};
const schema = z.discriminatedUnion('type', [
  z.object({
    ...common,
    type: z.literal('succession'),
    newKey: z.string().max(100),
    versionMarks: z.record(z.string().refine(isPackageId), z.number().int().min(0)).refine((marks) => Object.keys(marks).length <= MAX_MARKS).optional(),
  }),
  z.object({ ...common, type: z.literal('revocation'), reason: z.string().max(500).refine(isShownLine).optional() }),
]);

/**
 * The statements of a `.keys` file, each five lines: the four lines of a minisign signature whose trusted comment carries the signing key as
 * `key=`, and one line of JSON, signed together with its line end (so that `head -n 4`, `tail -n 1` and `minisign -V` agree). Each is signed by
 * the key that it is about. One that does not hold refuses the whole. Throws PackageError with the number of the statement in `where`.
 */
export function parseStatements(text: string): KeyStatement[] {
  if (text.length > MAX_STATEMENTS_BYTES || Buffer.byteLength(text) > MAX_STATEMENTS_BYTES) {
    throw new PackageError('too-large', 'This file of statements about keys is larger than 256 KiB, which none is. Ask the publisher for another.', { where: 'size' });
  }
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length % LINES !== 0) throw broken(Math.floor(lines.length / LINES), 'not-a-package', 'It is not made of five lines, or it was cut off.');
  if (lines.length > MAX_STATEMENTS * LINES) {
    throw new PackageError('too-large', `This file holds more than ${MAX_STATEMENTS} statements about keys. Ask the publisher for another.`, { where: 'size' });
  }
  return Array.from({ length: lines.length / LINES }, (_, index) => (
    parseStatement(lines.slice(index * LINES, (index + 1) * LINES).map((line) => line.replace(/\r$/, '')), index)
  ));
}

/** The five lines that put `newPublic` in the place of a key. @param options.versionMarks package id to version: the marks start again there, once */
export function makeSuccession(
  oldSecret: SecretKey, newPublic: { keyId: Uint8Array; key: Uint8Array }, options: { issuedAt: number; versionMarks?: Record<string, number> },
): string {
  const body = { newKey: encodePublicKey(newPublic), issued: timeText(options.issuedAt), ...(options.versionMarks ? { versionMarks: options.versionMarks } : {}) };
  return signedStatement('succession', oldSecret, body, options.issuedAt);
}

/** The five lines that end a key for good. */
export function makeRevocation(secret: SecretKey, options: { issuedAt: number; reason?: string }): string {
  const body = { issued: timeText(options.issuedAt), ...(options.reason === undefined ? {} : { reason: options.reason }) };
  return signedStatement('revocation', secret, body, options.issuedAt);
}

function signedStatement(type: KeyStatement['type'], secret: SecretKey, body: object, issuedAt: number): string {
  const key = encodePublicKey({ keyId: secret.keyId, key: secret.publicKey });
  const line = `${JSON.stringify({ format: 'evpack-key/1', type, key, ...body })}\n`;
  const text = signMessage(Buffer.from(line), secret, { untrusted: `${type} of a Flashswarm key`, trusted: trustedCommentFor(key, issuedAt / 1000) }) + line;
  parseStatements(text); // what readers would refuse is not handed out
  return text;
}

function timeText(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function parseStatement(lines: string[], index: number): KeyStatement {
  const signature = ofStatement(index, () => parseSignature(lines.slice(0, 4).map((line) => `${line}\n`).join('')));
  const key = ofStatement(index, () => embeddedKeyOf(signature));
  if (!key) throw broken(index, 'key-needed', 'It does not carry the key that it is signed with.');
  const message = Buffer.from(`${lines[4]}\n`);
  if (!signatureHolds(signature, message, key)) throw broken(index, 'bad-signature', 'Its signature does not hold: it was damaged or tampered with.');
  const parsed = schema.safeParse(ofStatement(index, () => parseStrictJson(message)));
  if (!parsed.success) throw broken(index, 'bad-package', `What it says is not in order (${parsed.error.issues[0]!.path.join('.') || 'type'}).`);
  const said = parsed.data;
  const about = ofStatement(index, () => parsePublicKey(said.key));
  if (!Buffer.from(about.key).equals(key) || !Buffer.from(about.keyId).equals(signature.keyId)) {
    throw broken(index, 'bad-signature', 'It is about another key than the one that signed it.');
  }
  const issuedAt = parseRfc3339(said.issued)!;
  const text = `${lines.join('\n')}\n`;
  if (said.type === 'revocation') return { type: 'revocation', key, issuedAt, reason: said.reason ?? null, text };
  const { key: newKey } = ofStatement(index, () => parsePublicKey(said.newKey));
  if (!isUsablePublicKey(newKey)) throw broken(index, 'bad-key', 'It names a successor that cannot be trusted.');
  if (Buffer.from(newKey).equals(key)) throw broken(index, 'bad-key', 'It names a key as its own successor.');
  return { type: 'succession', key, newKey, issuedAt, versionMarks: { ...said.versionMarks }, text };
}

function ofStatement<T>(index: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    throw broken(index, error.code, error.message, error);
  }
}

function broken(index: number, code: PackageError['code'], problem: string, cause?: unknown): PackageError {
  return new PackageError(code, `Statement ${index + 1} about keys cannot be taken. ${problem} Ask the publisher for it again.`, { where: `statements[${index}]`, cause });
}
