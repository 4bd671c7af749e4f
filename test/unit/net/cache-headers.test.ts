// Headers about freshness: what is understood, what is bounded, what is not sent back.
import { describe, expect, it } from 'vitest';
import { conditionalHeaders, freshness, retryAfterSeconds } from '../../../main/net/cache-headers.ts';

describe('the marks of an answer', () => {
  it.each([
    [{ etag: '"a1"' }, { etag: '"a1"' }],
    [{ etag: 'W/"a1"' }, { etag: 'W/"a1"' }],
    [{ etag: 'a1' }, { etag: null }],
    [{ etag: `"${'x'.repeat(600)}"` }, { etag: null }],
    [{ 'last-modified': 'Wed, 21 Oct 2026 07:28:00 GMT' }, { lastModified: 'Wed, 21 Oct 2026 07:28:00 GMT' }],
    [{ 'last-modified': '1' }, { lastModified: null }],
    [{}, { etag: null, lastModified: null, maxAgeSeconds: null, retryAfterSeconds: null }],
    [{ 'cache-control': 'public, max-age=600' }, { maxAgeSeconds: 600 }],
    [{ 'cache-control': 'Max-Age="600", must-revalidate', 'age': '100' }, { maxAgeSeconds: 500 }],
    [{ 'cache-control': 'max-age=600', 'age': '900' }, { maxAgeSeconds: 0 }],
    [{ 'cache-control': 'max-age=600', 'age': 'old' }, { maxAgeSeconds: 600 }],
    [{ 'cache-control': 'max-age=99999999999' }, { maxAgeSeconds: 86_400 }],
    [{ 'cache-control': 'max-age=-5' }, { maxAgeSeconds: null }],
    [{ 'cache-control': 's-maxage=5' }, { maxAgeSeconds: null }],
    [{ 'cache-control': 'no-cache, max-age=600' }, { maxAgeSeconds: 0 }],
  ])('%j', (headers, marks) => {
    expect(freshness(headers)).toMatchObject(marks);
  });

  it.each([
    [{ 'retry-after': '20' }, 20],
    [{ 'retry-after': '0' }, null],
    [{ 'retry-after': '-1' }, null],
    [{ 'retry-after': '99999999' }, 86_400],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:30:00 GMT' }, 120],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:20:00 GMT' }, null],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:30:00 GMT', 'date': 'Wed, 21 Oct 2026 07:29:00 GMT' }, 60],
    [{ 'retry-after': 'soon' }, null],
    [{}, null],
  ])('Retry-After of %j is %s seconds', (headers, seconds) => {
    expect(retryAfterSeconds(headers, Date.parse('2026-10-21T07:28:00Z'))).toBe(seconds);
  });

  it('go back to the server only when they are well-formed', () => {
    expect(conditionalHeaders({ etag: '"a"', lastModified: 'Wed, 21 Oct 2026 07:28:00 GMT' }))
      .toEqual({ 'if-none-match': '"a"', 'if-modified-since': 'Wed, 21 Oct 2026 07:28:00 GMT' });
    expect(conditionalHeaders({ etag: '"a"\r\nx: "y"', lastModified: '07:28:00 2026\r\nx: y' })).toEqual({});
    expect(conditionalHeaders(undefined)).toEqual({});
  });
});
