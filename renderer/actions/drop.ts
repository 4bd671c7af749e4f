// Opens what was dropped on the window or pasted as a file, by the rules of the command line; everything else is refused with a sentence.
import { isOpenableName, labelOf, otherFile, readDroppedWords } from '../../contract/openable.ts';
import { offer, offerFiles } from './add.ts';
import { showNotice } from './notices.ts';

const refuse = (message: string, label: string): void => showNotice('problem', label ? `${message} (${label})` : message);

/**
 * The files come one after another into the Add dialog; what may not be opened is named.
 * @param words what came along as text: a link drags a picture or a shortcut file with it, so it counts where no file does
 */
export function takeDropped(files: readonly File[], words: string): void {
  const openable = files.filter(({ name }) => isOpenableName(name));
  const refused = files.filter((file) => !openable.includes(file));
  if (openable.length === 0 && words) {
    const read = readDroppedWords(words);
    if (read.kind === 'link') return offer({ source: { kind: 'link', link: read.link }, label: read.label }, true);
    if (refused.length === 0) return refuse(read.message, read.label);
  }
  if (refused.length > 0) refuse(otherFile, labelOf(refused.map(({ name }) => name).join(', ')));
  if (openable.length > 0) void offerFiles(openable);
}
