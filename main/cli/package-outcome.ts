// When fetching an event package is at its end, well or not.
import type { PackageSummary } from '../../contract/index.ts';
import { CliError } from './exit-codes.ts';

const problemCodes: Record<string, string> = {
  'disk-full': 'no-space', 'not-writable': 'not-writable', 'files-missing': 'files-missing', 'file-changed': 'file-changed', 'bad-metadata': 'bad-metadata',
  'key-revoked': 'key-revoked', 'layer-refused': 'inconsistent', 'expired': 'expired',
};

const sentences: Record<string, string> = {
  'key-revoked': 'The key that signed this package was revoked: somebody else may have signed it. Ask the publisher for a package signed with the new key.',
  'layer-refused': 'A file of this package is not what its publisher signed, though its pieces are. It was not taken; tell its publisher.',
  'expired': 'This package has expired: its publisher wants nobody to start with it any more. Get the newest one.',
};

/**
 * The summary when every chosen layer is what the publisher signed.
 * @param wanted.version the one that was taken; an older one stays in use until it is whole @param wanted.wait until sealed layers are opened
 * @throws {CliError} when it cannot go on by itself
 */
export function packageOutcome(summary: PackageSummary, wanted: { version: number; wait: boolean }): PackageSummary | undefined {
  const { state, event, layers } = summary;
  if (state.kind === 'problem' || state.reason === 'expired') {
    throw new CliError(problemCodes[state.reason] ?? 'internal', state.message ?? sentences[state.reason] ?? 'The download cannot go on.');
  }
  if (!event || state.kind === 'moving' || state.kind === 'checking') return undefined;
  if (event.version < wanted.version) {
    if (event.update?.state === 'getting') return undefined;
    throw new CliError('inconsistent', event.update?.message ?? 'The newer version is not what its publisher signed. It was not taken; what you have stays.');
  }
  const chosen = layers.filter((layer) => layer.chosen);
  const ready = chosen.every((layer) => layer.state === 'ready' || (layer.state === 'sealed' && !wanted.wait));
  const complete = (state.kind === 'seeding' || state.kind === 'complete') && summary.bytesDone === summary.bytesWanted;
  return ready && complete ? summary : undefined;
}
