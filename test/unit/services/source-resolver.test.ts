// Which kind of link a text is, before anybody is asked.
import { describe, expect, it } from 'vitest';
import { parseLink } from '../../../main/services/source-resolver.ts';

const hash = '0123456789abcdef0123456789abcdef01234567';

describe('a pasted link', () => {
  it.each([
    [hash, { kind: 'magnet', magnet: { infoHash: hash } }],
    [`magnet:?xt=urn:btih:${hash}`, { kind: 'magnet', magnet: { infoHash: hash } }],
    ['https://cdn.example/x.torrent', { kind: 'address', url: 'https://cdn.example/x.torrent' }],
    ['https://cdn.example/x.evpack', { kind: 'address', url: 'https://cdn.example/x.evpack' }],
    [` flashswarm:open?url=https://cdn.example/x.evpack&key=${hash}`, { kind: 'package', url: 'https://cdn.example/x.evpack', fingerprint: hash }],
  ])('%s is known', (text, kind) => {
    expect(parseLink(text)).toMatchObject(kind);
  });

  it.each([
    ['flashswarm:open', 'bad-link'], ['flashswarm:', 'bad-link'], ['flashswarm:open?url=http://cdn.example/x.evpack', 'bad-link'],
    ['ftp://cdn.example/x', 'unknown-scheme'], ['hello', 'bad-link'],
  ])('%s is refused', (text, code) => {
    expect(() => parseLink(text)).toThrow(expect.objectContaining({ code }));
  });

  it('keeps the addresses of packages that a magnet link names', () => {
    const link = parseLink(`magnet:?xt=urn:btih:${hash}&xs=${encodeURIComponent('https://cdn.example/x.evpack')}`);
    expect(link).toMatchObject({ magnet: { exactSources: ['https://cdn.example/x.evpack'] } });
  });
});
