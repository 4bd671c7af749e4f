// The publishers that are known here: asked for, installed, forgotten, revoked.
import { ask } from '../bridge/bridge.ts';
import { text } from '../i18n.ts';
import { usePublishers } from '../stores/publishers-store.ts';
import { showFailure, showNotice } from './notices.ts';
import { pickFile, smallFile, type PickedFile } from './pick-file.ts';

/** Asks for all of them; later changes come as events. */
export async function loadPublishers(): Promise<void> {
  const answer = await ask('publishers.list', {});
  if (answer.ok) usePublishers.setState({ publishers: answer.value, failure: null });
  else usePublishers.setState({ failure: answer.error.message });
}

async function install(file: PickedFile): Promise<void> {
  const answer = await ask('publishers.install', { source: file.source });
  if (!answer.ok) return showFailure(answer.error);
  showNotice('info', text('publishers.installed', { name: answer.value.name || answer.value.keyId }));
  await loadPublishers();
}

async function applyStatements(file: PickedFile): Promise<void> {
  const answer = await ask('publishers.applyStatements', { source: file.source });
  if (!answer.ok) return showFailure(answer.error);
  const { applied, ignored } = answer.value;
  showNotice(ignored.length > 0 ? 'problem' : 'info', [text('publishers.applied', { count: applied }), ...ignored].join(' '));
  await loadPublishers();
}

/** Trusts the key of a `.pub` file that the person chooses. */
export async function installPublisher(): Promise<void> {
  const file = await pickFile('public-key');
  if (file) await install(file);
}

/** Applies a `.keys` file that the person chooses. */
export async function loadStatements(): Promise<void> {
  const file = await pickFile('statements');
  if (file) await applyStatements(file);
}

const isKeyFile = (file: File): boolean => /\.(pub|keys)$/i.test(file.name);
/** Whether all of these are `.pub` or `.keys` files. */
export const areKeyFiles = (files: readonly File[]): boolean => files.length > 0 && files.every(isKeyFile);

/** Installs or applies files that were dropped on the publishers page. */
export async function takeKeyFiles(files: readonly File[]): Promise<void> {
  for (const file of files) {
    const read = await smallFile(file);
    if (read) await (/\.pub$/i.test(file.name) ? install(read) : applyStatements(read));
  }
}

async function change(name: 'publishers.forget' | 'publishers.revoke', fingerprint: string): Promise<void> {
  const answer = await ask(name, { fingerprint });
  if (answer.ok) await loadPublishers();
  else showFailure(answer.error);
}

/** Asks again the next time this key signed something. */
export const forgetPublisher = (fingerprint: string): Promise<void> => change('publishers.forget', fingerprint);
/** Refuses everything that this key signs. */
export const revokePublisher = (fingerprint: string): Promise<void> => change('publishers.revoke', fingerprint);
