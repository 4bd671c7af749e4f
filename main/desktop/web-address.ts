// Which addresses the desktop hands to the system's browser.

/** The address as the browser gets it; null for anything but http and https, and for one that carries a name or a password. */
export function webAddress(text: unknown): string | null {
  if (typeof text !== 'string' || text.length > 2000 || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  return isWeb && url.hostname !== '' && url.username === '' && url.password === '' ? url.href : null;
}
