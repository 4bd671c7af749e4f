// Reads the command line: options of this instance, and what the system or the user asked to open.
import { statSync } from 'node:fs';
import path from 'node:path';

export interface DesktopOptions {
  dataDir: string | null;
  downloadDir: string | null;
  allowPrivate: boolean;
  /** What goes before the stored settings, under their names in the contract. */
  settings: Record<string, unknown>;
}

/** A link as it was given, or the absolute path of a .torrent or .evpack file. */
export type Opened = { kind: 'link'; link: string } | { kind: 'file'; path: string };

/** The options of `electron . --data-dir DIR ...`; Chromium's own and unknown ones are left alone. */
export function readOptions(argv: string[]): DesktopOptions {
  const valueOf = (name: string): string | null => {
    const index = argv.findIndex((argument) => argument === name || argument.startsWith(`${name}=`));
    if (index < 0) return null;
    return (argv[index] === name ? argv[index + 1] : argv[index]?.slice(name.length + 1)) ?? null;
  };
  const absolute = (folder: string | null): string | null => folder === null ? null : path.resolve(folder);
  const settings: Record<string, unknown> = {};
  if (argv.includes('--no-dht')) settings['dht'] = false;
  if (argv.includes('--no-port-mapping')) settings['portMapping'] = false;
  const port = valueOf('--listen');
  if (port !== null && /^\d{1,5}$/.test(port) && Number(port) <= 65535) settings['listenPort'] = Number(port);
  return { dataDir: absolute(valueOf('--data-dir')), downloadDir: absolute(valueOf('--download-dir')), allowPrivate: argv.includes('--allow-private'), settings };
}

/** A link that may be handed to the core, which reads it strictly. */
export const isLink = (text: string): boolean => /^(magnet:|flashswarm:open\?|https?:\/\/)/i.test(text);

/**
 * What these arguments ask to open: magnet and flashswarm:open links, http(s) addresses, .torrent and .evpack files that are there. Anything
 * else is passed over: nothing but opening can be asked for through a link.
 * @param folder where relative paths start
 */
export function readOpened(argv: string[], folder: string): Opened[] {
  const opened: Opened[] = [];
  for (const argument of argv.slice(1)) {
    if (isLink(argument)) {
      opened.push({ kind: 'link', link: argument.slice(0, 100_000) });
    } else if (!argument.startsWith('-') && /\.(torrent|evpack)$/i.test(argument)) {
      const file = path.resolve(folder, argument);
      if (statSync(file, { throwIfNoEntry: false })?.isFile()) opened.push({ kind: 'file', path: file });
    }
  }
  return opened;
}
