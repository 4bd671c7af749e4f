// Whether opening a file may run something: quiet are known kinds that programs only show or play, and everything else is asked about.
import path from 'node:path';

/**
 * `quiet`: shown or played by a program, as its name and its first bytes say.
 * `runs`: a program, a script, an installer, a shortcut, a disk image, a page with scripts, a document with macros.
 * `disguised`: its name hides what it is. `unknown`: nothing is known of this kind.
 */
export type FileRisk = 'quiet' | 'runs' | 'disguised' | 'unknown';

export interface LookedAt {
  /** Name or path as it is on the disk. */
  name: string;
  /** Its first bytes; fewer when it is shorter. */
  head: Uint8Array;
  /** Permission bits; 0 where there are none (Windows). */
  mode: number;
}

/** So much of a file is looked at. */
export const HEAD_BYTES = 512;

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter(Boolean));

const QUIET = words(`
  mp4 m4v webm mkv mov avi mpg mpeg ogv 3gp
  mp3 ogg oga opus wav flac m4a aac aif aiff mid midi
  jpg jpeg png gif webp avif bmp tif tiff heic
  pdf txt md log nfo srt vtt ass ssa epub
  docx xlsx pptx odt ods odp
  zip 7z rar tar gz tgz bz2 xz zst`);

/** For a plainer sentence alone: what is in neither list is asked about as well. */
const RUNS = words(`
  exe msi msix msixbundle appx appxbundle appinstaller msp mst bat cmd com pif scr cpl dll ocx sys drv hta inf ins isp gadget application
  ps1 ps1xml ps2 psc1 psm1 psd1 vb vbs vbe js jse mjs cjs ws wsf wsh wsc sct reg scf lnk url website search-ms library-ms settingcontent-ms diagcab chm hlp
  app dmg pkg mpkg command tool workflow action scpt scptd applescript terminal fileloc inetloc webloc prefpane kext plugin dylib
  sh bash zsh fish csh ksh desktop appimage deb rpm run bin elf so o ko flatpakref flatpak snap service
  py pyc pyw pyz pl pm rb php lua tcl jar war jnlp class apk ipa
  docm dotm dotx xlsm xltm xlam xlsb xll xla xltx pptm potm ppam ppsm sldm doc dot xls xlt ppt pot pps mdb accdb accde ade adp mde one iqy slk odb
  iso img vhd vhdx vmdk udf cab
  html htm xhtml xht mht mhtml shtml svg svgz xml xsl swf`);

const ascii = (text: string): number[] => [...text].map((one) => one.charCodeAt(0));
/** How programs begin, on whichever system: Windows, Linux, macOS (both byte orders, 32 and 64 bits, fat; a Java class too), scripts, shortcuts. */
const PROGRAM_STARTS: readonly number[][] = [
  ascii('MZ'), [0x7f, ...ascii('ELF')], [0xfe, 0xed, 0xfa, 0xce], [0xfe, 0xed, 0xfa, 0xcf], [0xce, 0xfa, 0xed, 0xfe], [0xcf, 0xfa, 0xed, 0xfe],
  [0xca, 0xfe, 0xba, 0xbe], [0xbe, 0xba, 0xfe, 0xca], ascii('#!'), [0x4c, 0, 0, 0, 1, 0x14, 2, 0], ascii('[Desktop Entry]'), ascii('[InternetShortcut]'),
];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Text that turns, hides or ends other text; and what begins an alternate data stream of a file on Windows. */
const HIDING = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0:]/u;
const ANY_EXECUTE = 0o111;

/** The ending by which systems choose a program: Windows passes over dots and blanks behind a name. */
export function endingOf(name: string): string {
  const trimmed = path.win32.basename(name).replace(/[.\s\p{Z}\p{C}]+$/u, '');
  const dot = trimmed.lastIndexOf('.');
  return dot < 0 ? '' : trimmed.slice(dot + 1).toLowerCase();
}

export function fileRisk({ name, head, mode }: LookedAt): FileRisk {
  const base = path.posix.basename(name);
  const ending = endingOf(base);
  if (RUNS.has(ending) || startsProgram(head) || (mode & ANY_EXECUTE) !== 0) return 'runs';
  // A name that is another one once Windows has taken its end off, or that shows something else than it is.
  if (HIDING.test(base) || base.includes('\\') || /[.\s\p{Z}]$/u.test(base) || /\s{4,}/u.test(base)) return 'disguised';
  return QUIET.has(ending) ? 'quiet' : 'unknown';
}

function startsProgram(head: Uint8Array): boolean {
  const at = BYTE_ORDER_MARK.every((byte, index) => head[index] === byte) ? BYTE_ORDER_MARK.length : 0;
  return PROGRAM_STARTS.some((start) => start.every((byte, index) => head[at + index] === byte));
}

const MAX_SHOWN = 120;
const SHOWN_END = 60;

/** A name for a question: what turns or hides text is written out, and of a long one the end, which decides, stays. */
export function shownName(name: string): string {
  const plain = [...path.posix.basename(name)].map((one) => (HIDING.test(one) && one !== ':' ? `<U+${one.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}>` : one)).join('').replace(/\s{2,}/gu, ' ... ');
  return plain.length <= MAX_SHOWN ? plain : `${plain.slice(0, MAX_SHOWN - SHOWN_END)}...${plain.slice(-SHOWN_END)}`;
}
