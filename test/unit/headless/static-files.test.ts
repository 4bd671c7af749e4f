// What the headless host's static part gives out.
import { describe, expect, it } from 'vitest';
import { fileFor } from '../../../main/headless/static-files.ts';

describe('the file for an address', () => {
  it.each([['/', '/r/index.html'], ['/a/b.js', '/r/a/b.js'], ['/a%20b.css', '/r/a b.css'], ['/a/', '/r/a/index.html']])('is for %s %s', (pathname, path) => {
    expect(fileFor('/r', pathname)).toBe(path);
  });

  it.each(['/../x', '/a/../../x', '/%2e%2e/x', '/..%2fx', '/a/..', '//x', '/a//b', '/a\\b', '/%5c..', '/x%00', '/.env', '/a/.git/config', '/C:/x', '/%ZZ', 'x', '/%2fetc%2fpasswd'])('is none for %s', (pathname) => {
    expect(fileFor('/r', pathname)).toBeNull();
  });
});
