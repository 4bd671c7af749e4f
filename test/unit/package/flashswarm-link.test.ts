// Links from web pages and other programs: what opens, and why the rest does not.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFlashswarmLink } from '../../../main/package/flashswarm-link.ts';

const address = 'https://cdn.example/launch/event.evpack';
const digits = '0123456789abcdef0123456789abcdef01234567';
const link = (url: string, more = '') => `flashswarm:open?url=${encodeURIComponent(url)}${more}`;
const refusal = (text: string): string => {
  try {
    return JSON.stringify(parseFlashswarmLink(text));
  } catch (error) {
    expect(error).toMatchObject({ name: 'MetainfoError', code: 'bad-link' });
    return (error as Error).message;
  }
};

describe('a link to a package', () => {
  it.each([
    ['with an encoded address', link(address), address, null],
    ['with a plain address', `flashswarm:open?url=${address}`, address, null],
    ['with spaces around it', ` ${link(address)}\n`, address, null],
    ['in capitals, as some programs write schemes', link(address).replace('flashswarm:', 'FLASHSWARM:'), address, null],
    ['whose address has parameters of its own', link(`${address}?a=1&b=%20`), `${address}?a=1&b=%20`, null],
    ['whose address has a fragment, which no server sees', link(`${address}#part`), address, null],
    ['with a fingerprint', link(address, `&key=${digits}`), address, digits],
    ['with the fingerprint first', `flashswarm:open?key=${digits}&url=${address}`, address, digits],
    ['with a fingerprint in groups', link(address, `&key=${encodeURIComponent(digits.toUpperCase().replace(/.{4}/g, '$& '))}`), address, digits],
    ['with a fingerprint in bytes', link(address, `&key=${digits.replace(/..(?!$)/g, '$&:')}`), address, digits],
  ])('opens %s', (_what, text, url, fingerprint) => {
    expect(parseFlashswarmLink(text)).toEqual({ url, fingerprint });
  });

  it.each([
    ['another command', 'flashswarm:close?url=https://a.example/x', /asks for nothing that is known here/],
    ['slashes', link(address).replace('flashswarm:', 'flashswarm://'), /must begin with "flashswarm:open\?url="/],
    ['another scheme', `magnet:?url=${address}`, /must begin with/],
    ['nothing behind it', 'flashswarm:open?', /parts that are not known/],
    ['no address', `flashswarm:open?key=${digits}`, /its address is missing/],
    ['an empty address', 'flashswarm:open?url=', /cannot be read/],
    ['plain http', link('http://cdn.example/e.evpack'), /not a secure one/],
    ['a file', link('file:///etc/passwd'), /not a secure one/],
    ['a script', link('javascript:alert(1)'), /not a secure one/],
    ['a password', link('https://user:secret@cdn.example/e.evpack'), /user name or a password/],
    ['a user name', link('https://user@cdn.example/e.evpack'), /user name or a password/],
    ['a line break in the address', link('https://cdn.example/a\nb'), /cannot be read/],
    ['a relative address', link('/event.evpack'), /cannot be read/],
    ['a very long address', link(`https://cdn.example/${'x'.repeat(2100)}`), /far too long/],
    ['a very long text', link(`https://cdn.example/${'x'.repeat(9000)}`), /This link is far too long/],
    ['two addresses', link(address, `&url=${address}`), /two addresses/],
    ['two keys', link(address, `&key=${digits}&key=${digits}`), /two keys/],
    ['a short fingerprint', link(address, '&key=0123'), /has 40 hex digits/],
    ['an empty fingerprint', link(address, '&key='), /has 40 hex digits/],
    ['a fingerprint of other letters', link(address, `&key=${'g'.repeat(40)}`), /has 40 hex digits/],
    ['an unknown parameter', link(address, '&trust=yes'), /not known here/],
    ['an "&" that is not encoded', `flashswarm:open?url=${address}?a=1&b=2`, /written as "%26"/],
    ['a broken escape', 'flashswarm:open?url=https://a.example/%zz', /damaged/],
  ])('is refused with %s, and says why', (_what, text, sentence) => {
    expect(refusal(text)).toMatch(sentence);
  });

  it('never opens anything but https, whatever the link', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.string().map((text) => `flashswarm:open?url=${text}`), fc.webUrl().map((url) => link(url))), (text) => {
      let opened;
      try {
        opened = parseFlashswarmLink(text);
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad-link' });
        return;
      }
      expect(new URL(opened.url)).toMatchObject({ protocol: 'https:', username: '', password: '', hash: '' });
    }));
  });
});
