// Reads the XML of routers: elements and text alone, bounded, with no document types, so that no entity can be defined or unfold.

/** Text, or the children by name (the prefix of a namespace removed); several of one name become a list. Without a prototype. */
export type XmlNode = string | { [name: string]: XmlNode | XmlNode[] };

const MAX_CHARACTERS = 256 * 1024;
const MAX_DEPTH = 24;
const MAX_ELEMENTS = 4_000;
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

export class XmlError extends Error {}

interface Open { name: string; text: string; children: { [name: string]: XmlNode | XmlNode[] } | null }

/** @throws XmlError on anything that is not plain, complete and small */
export function parseXml(text: string): XmlNode {
  if (text.length > MAX_CHARACTERS) throw new XmlError('too long');
  const stack: Open[] = [{ name: '', text: '', children: null }];
  let elements = 0;
  let at = 0;
  while (at < text.length) {
    const top = stack.at(-1)!;
    const next = text.indexOf('<', at);
    top.text += text.slice(at, next < 0 ? text.length : next);
    if (next < 0) break;
    if (text.startsWith('<!--', next)) at = after(text, '-->', next + 4);
    else if (text.startsWith('<![CDATA[', next)) {
      at = after(text, ']]>', next + 9);
      // What is quoted stays as it is: its ampersands must not be read as entities afterwards.
      top.text += text.slice(next + 9, at - 3).replaceAll('&', '&amp;');
    } else if (text.startsWith('<?', next)) at = after(text, '?>', next + 2);
    else if (text.startsWith('<!', next)) throw new XmlError('document types are refused');
    else if (text[next + 1] === '/') {
      at = after(text, '>', next + 2);
      if (stack.length < 2 || top.name !== localName(text.slice(next + 2, at - 1))) throw new XmlError('tags do not match');
      stack.pop();
      add(stack.at(-1)!, top);
    } else {
      at = after(text, '>', next + 1);
      const tag = text.slice(next + 1, at - 1);
      if (tag.length > 2_000 || ++elements > MAX_ELEMENTS || stack.length > MAX_DEPTH) throw new XmlError('too large');
      const open: Open = { name: localName(tag), text: '', children: null };
      if (tag.endsWith('/')) add(top, open);
      else stack.push(open);
    }
  }
  if (stack.length !== 1 || !stack[0]!.children) throw new XmlError('incomplete');
  return stack[0]!.children;
}

/** The node at a path of names; of several the first. */
export function child(node: XmlNode | XmlNode[] | undefined, ...names: string[]): XmlNode | undefined {
  let here: XmlNode | XmlNode[] | undefined = node;
  for (const name of names) {
    if (Array.isArray(here)) here = here[0];
    here = typeof here === 'object' ? here[name] : undefined;
  }
  return Array.isArray(here) ? here[0] : here;
}

/** The text at a path; null when there is none. Control characters are removed, and what is longer is cut. */
export function textAt(node: XmlNode | undefined, names: string[], maxCharacters = 200): string | null {
  const found = child(node, ...names);
  if (typeof found !== 'string') return null;
  return found.replace(/[\p{Cc}\p{Cf}]/gu, '').trim().slice(0, maxCharacters);
}

/** Escapes text for the body of an element. */
export function escapeXml(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, ' ').replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function after(text: string, end: string, from: number): number {
  const found = text.indexOf(end, from);
  if (found < 0) throw new XmlError('incomplete');
  return found + end.length;
}

function localName(tag: string): string {
  const name = /^[^\s/>]{1,100}/.exec(tag)?.[0];
  if (name === undefined) throw new XmlError('a tag without a name');
  return name.slice(name.indexOf(':') + 1);
}

function add(parent: Open, node: Open): void {
  parent.children ??= Object.create(null) as Record<string, XmlNode>;
  const value: XmlNode = node.children ?? decode(node.text).trim();
  const there = parent.children[node.name];
  if (there === undefined) parent.children[node.name] = value;
  else if (Array.isArray(there)) there.push(value);
  else parent.children[node.name] = [there, value];
}

// Only what every XML has; a named entity that somebody would have had to define stays as text.
function decode(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/gi, (all, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return Object.hasOwn(ENTITIES, name) ? ENTITIES[name]! : all;
    const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : all;
  });
}
