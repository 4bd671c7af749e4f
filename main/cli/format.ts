// Numbers and names as people read them on a terminal.

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** 1234567 -> "1.2 MB"; counts in thousands. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(value < 99.95 ? 1 : 0)} ${units[unit]}`;
}

/** 262144 -> "256 KiB": piece sizes are powers of two and known by these names. */
export function formatPieceSize(bytes: number): string {
  return bytes >= 1024 ** 2 && bytes % 1024 ** 2 === 0 ? `${bytes / 1024 ** 2} MiB` : `${bytes / 1024} KiB`;
}

/** 75 -> "1:15", 3700 -> "1:01:40", beyond two days "3 days". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole >= 172_800) return `${Math.floor(whole / 86_400)} days`;
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Text from a stranger without anything that a terminal acts on or that hides what it says. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\uFFFD');
}

/** At most so many characters, the middle left out. */
export function shortened(text: string, width: number): string {
  const letters = [...text];
  if (letters.length <= width) return text;
  const end = Math.floor((width - 1) / 2);
  return `${letters.slice(0, width - 1 - end).join('')}…${letters.slice(letters.length - end).join('')}`;
}

/** A piece size: 256K, 1M, 1048576. Counts in 1024s, as piece sizes are powers of two. Null when it is no size. */
export function parseSize(text: string): number | null {
  const match = /^(\d{1,12})\s*(k|m)?(?:i?b)?$/i.exec(text.trim());
  return match ? Number(match[1]) * ({ k: 1024, m: 1024 ** 2 }[match[2]?.toLowerCase() ?? ''] ?? 1) : null;
}
