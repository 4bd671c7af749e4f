// Which text of a stranger may be shown to people as it is.

// Control characters, marks that turn text around or hide in it, line and paragraph ends, half characters: as file names must not hold them.
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]|\p{Surrogate}/u;

/** One line that shows what it holds: something to see, and nothing that hides, breaks or turns round what stands beside it. */
export function isShownLine(text: string): boolean {
  return /\S/u.test(text) && !UNFIT.test(text);
}

/** The same for longer text, in which lines may end and tabs may stand. */
export function isShownText(text: string): boolean {
  return isShownLine(text.replace(/\r\n|[\n\t]/g, ' '));
}

/** What a stranger wrote, short and on one line, for a sentence that refuses it. */
export function quotable(text: string): string {
  const plain = text.slice(0, 200).replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?');
  return plain.length > 60 ? `${plain.slice(0, 60)}...` : plain;
}
