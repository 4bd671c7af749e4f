// Where new versions of the program are looked for. Compiled in: nothing at run time names another place.

/** The folder with the signed descriptions and the packages. A name under `.invalid` means that there is none yet: updates are off then. */
export const feedAddress = 'https://updates.flashswarm.invalid/';
/** Where people get a package by hand. */
export const downloadPage = 'https://flashswarm.invalid/download';

/** The address as a folder, or null where there is none (or none that may be used: only https counts). */
export function feedOf(address: string): URL | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '' || /(^|\.)invalid$/.test(url.hostname)) return null;
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}
