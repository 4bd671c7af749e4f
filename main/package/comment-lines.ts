// The lines of small signed text files (minisign's and signify's): how they are told apart, and which comments may be in them.

export const untrustedPrefix = 'untrusted comment: ';
export const trustedPrefix = 'trusted comment: ';
/** Bytes of a whole line, its end not counted: what stock minisign reads (its buffers hold the line end and a NUL as well). */
export const untrustedLineBytes = 1022;
export const trustedLineBytes = 8190;

/** Controls other than the tab (which minisign itself writes), line separators, and marks that turn the reading direction of what follows. */
// oxlint-disable-next-line no-control-regex -- to refuse them is what it is for
const unfitForComments = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/u;

export function isFitComment(comment: string): boolean {
  return !unfitForComments.test(comment);
}

/** The lines of a text of at most `maxLines`; the last may or may not be ended, and CR LF (which minisign writes on Windows) counts as an end. Null for more. */
export function splitLines(text: string, maxLines: number): string[] | null {
  const lines = text.split('\n', maxLines + 2);
  if (lines.at(-1) === '') lines.pop();
  return lines.length > maxLines ? null : lines.map((line) => line.endsWith('\r') ? line.slice(0, -1) : line);
}
