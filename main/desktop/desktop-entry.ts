// Desktop entries of Linux (freedesktop.org, Desktop Entry Specification 1.5): for starting at login and for opening links and files.

export interface DesktopEntry {
  name: string;
  /** The program and its arguments; what the system adds (a link, a file) comes last, as `%U`. */
  command: readonly string[];
  takesFiles: boolean;
  mimeTypes: readonly string[];
  /** Not among the programs in the menu. */
  hidden: boolean;
}

/** Escapes twice, as the specification wants it: once for the quotes of Exec, once for the value of a key. */
function argument(text: string): string {
  return `"${text.replace(/["`$\\]/g, '\\$&')}"`.replace(/\\/g, '\\\\').replace(/%/g, '%%');
}

/** @throws Error when the command cannot be written in an entry (a line end in a path) */
export function desktopEntryText({ name, command, takesFiles, mimeTypes, hidden }: DesktopEntry): string {
  if ([name, ...command, ...mimeTypes].some((text) => /[\0-\x1f]/.test(text))) throw new Error('This program lies in a folder whose name cannot be written in a desktop entry.');
  const lines = [
    '[Desktop Entry]', 'Type=Application', `Name=${name}`, `Exec=${command.map(argument).join(' ')}${takesFiles ? ' %U' : ''}`, 'Icon=flashswarm', 'Terminal=false',
    'Categories=Network;FileTransfer;P2P;', ...(mimeTypes.length > 0 ? [`MimeType=${mimeTypes.join(';')};`] : []), ...(hidden ? ['NoDisplay=true'] : []),
  ];
  return `${lines.join('\n')}\n`;
}
