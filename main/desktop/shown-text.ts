// Text from a stranger as people may see it: on one line, without what hides text or turns it around.

export const shownText = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ');
