// What `--trust` names: a key file, or the fingerprint that the publisher told.
import { stat } from 'node:fs/promises';
import type { Publisher } from '../../contract/index.ts';
import { UsageError } from '../headless/starter.ts';
import { fingerprint, saysFingerprint } from '../package/fingerprint.ts';
import { importPublicKey } from '../package/imported-key.ts';
import { readBounded } from './input-file.ts';

const maxKeyFileBytes = 16_384;

/** `print` is the hex fingerprint of the key in the file. */
export type TrustOption = { kind: 'file'; path: string; bytes: Uint8Array; key: Uint8Array; print: string } | { kind: 'fingerprint'; text: string };

/** A file goes before a fingerprint that is spelt like its name. @throws {UsageError} {CliError} {PackageError} */
export async function readTrustOption(text: string): Promise<TrustOption> {
  const isFile = await stat(text).then(() => true, () => false);
  if (!isFile && looksLikeFingerprint(text)) return { kind: 'fingerprint', text };
  if (!isFile && /^[0-9a-f\s:-]{8,}$/i.test(text)) {
    throw new UsageError('--trust wants the whole fingerprint (40 hex digits or 12 words): a part of one can be imitated.');
  }
  const bytes = await readBounded(text, maxKeyFileBytes, 'a key');
  const { key } = importPublicKey(bytes);
  return { kind: 'file', path: text, bytes, key, print: fingerprint(key).hex };
}

/** Whether a publisher's key is the one that `--trust` names. */
export function namesPublisher(option: TrustOption, publisher: Pick<Publisher, 'fingerprint' | 'words'>): boolean {
  if (option.kind === 'file') return option.print === publisher.fingerprint;
  return saysFingerprint({ hex: publisher.fingerprint, words: publisher.words }, option.text);
}

function looksLikeFingerprint(text: string): boolean {
  const parts = text.trim().split(/[\s:.,\u2010-\u2015-]+/u).filter((part) => part !== '');
  return /^[0-9a-f]{40}$/i.test(parts.join('')) || (parts.length === 12 && parts.every((part) => /^[a-z]{3,8}$/i.test(part)));
}
