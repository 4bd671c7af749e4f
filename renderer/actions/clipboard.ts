// Puts words on the clipboard or into a file, in browsers and in the desktop's locked window.

/** Copies by the old way where the new one is not allowed, as in the desktop. @returns whether it was done */
export async function toClipboard(words: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    const box = document.createElement('textarea');
    box.value = words;
    box.className = 'visually-hidden';
    const focused = document.activeElement;
    document.body.append(box);
    box.select();
    const done = document.execCommand('copy');
    box.remove();
    if (focused instanceof HTMLElement) focused.focus();
    return done;
  }
}

/** Gives words to the browser as a file; the desktop's window refuses downloads. */
export function toFile(name: string, words: string, type: string): void {
  const address = URL.createObjectURL(new Blob([words], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
