// Lets a person choose a file: by the host's dialog where it has one, else by the browser's, which hands over the bytes.
import type { Input, Source } from '../../contract/index.ts';
import { ask } from '../bridge/bridge.ts';
import { text } from '../i18n.ts';
import { useSession } from '../stores/session-store.ts';
import { showFailure } from './notices.ts';

export type FilePurpose = Input<'host.pickFile'>['purpose'];
export interface PickedFile { source: Source; name: string }

const endings: Record<FilePurpose, string> = { 'secret-key': '.key', 'public-key': '.pub', statements: '.keys' };
/** Keys and statements are a few lines; more than this is something else. */
const MAX_BYTES = 1024 * 1024;

/** The bytes of a file as a source. Rejects when it cannot be read. */
export async function fileSource(file: File): Promise<Source> {
  const base64 = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(String(reader.result).replace(/^[^,]*,/, '')));
    reader.addEventListener('error', () => reject(reader.error ?? new Error('unreadable')));
    reader.readAsDataURL(file);
  });
  return { kind: 'bytes', base64, name: file.name };
}

/** The same for a small file that was chosen or dropped; null, with a notice, when it is too large or cannot be read. */
export async function smallFile(file: File): Promise<PickedFile | null> {
  try {
    if (file.size <= MAX_BYTES) return { source: await fileSource(file), name: file.name };
  } catch {
    // said below
  }
  showFailure({ code: 'unreadable', message: text('pick.unreadable', { name: file.name }) });
  return null;
}

function pickInBrowser(purpose: FilePurpose): Promise<PickedFile | null> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = endings[purpose];
    input.addEventListener('change', () => {
      const [file] = input.files ?? [];
      resolve(file ? smallFile(file) : null);
    });
    input.addEventListener('cancel', () => resolve(null));
    input.click();
  });
}

/** A key, a `.pub` or a `.keys` file; null when none was chosen. */
export async function pickFile(purpose: FilePurpose): Promise<PickedFile | null> {
  if (useSession.getState().host?.kind !== 'desktop') return pickInBrowser(purpose);
  const picked = await ask('host.pickFile', { purpose });
  if (!picked.ok) {
    showFailure(picked.error);
    return null;
  }
  return picked.value && { source: { kind: 'handle', handle: picked.value.handle }, name: picked.value.name };
}
