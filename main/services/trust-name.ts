// Decides whether two publishers' names look the same to a person, for the warning that one may be posing as the other.

/** Letters of other scripts that look like a Latin one (a choice from Unicode's confusables, TR39), and digits that pass for letters. */
const lookalikes = new Map(Object.entries({
  а: 'a', в: 'b', е: 'e', ё: 'e', ѕ: 's', і: 'l', ї: 'l', ј: 'j', к: 'k', м: 'm', н: 'h', о: 'o', р: 'p', с: 'c', т: 't', у: 'y', х: 'x', ԁ: 'd', ԛ: 'q', ԝ: 'w', һ: 'h',
  α: 'a', β: 'b', ε: 'e', η: 'n', ι: 'l', κ: 'k', μ: 'm', ν: 'v', ο: 'o', ρ: 'p', τ: 't', υ: 'u', χ: 'x', ω: 'w', ζ: 'z',
  ı: 'l', ł: 'l', ø: 'o', đ: 'd', ɡ: 'g', ɑ: 'a', i: 'l', '0': 'o', '1': 'l', '|': 'l',
}));

/** What is left of a name when everything is taken away that a glance does not see: case, accents, spaces, marks, and the script of a letter. */
export function nameSkeleton(name: string): string {
  const plain = name.normalize('NFKD').toLowerCase().normalize('NFKD');
  let skeleton = '';
  for (const character of plain) {
    const letter = lookalikes.get(character) ?? character;
    if (/[\p{L}\p{N}]/u.test(letter)) skeleton += letter;
  }
  return skeleton.replaceAll('rn', 'm').replaceAll('vv', 'w');
}

/** A name of nothing but signs has no skeleton and is compared as it is. */
export function looksTheSame(one: string, other: string): boolean {
  const skeleton = nameSkeleton(one);
  return skeleton === '' ? one.trim() === other.trim() : skeleton === nameSkeleton(other);
}
