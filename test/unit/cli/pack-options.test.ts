// What the options of `pack` on the command line come to.
import { describe, expect, it } from 'vitest';
import { packOptionsOf } from '../../../main/cli/pack-options.ts';
import { UsageError } from '../../../main/headless/starter.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const least = { 'id': 'com.example.game', 'title': 'Game', 'version': '3', 'layer': ['core=core/**:required'] };

describe('the options of pack', () => {
  it('are read with their layers and what those need', () => {
    const options = packOptionsOf({
      ...least, 'layer': ['core=core/**:required', 'music={music,ost}/*.ogg', 'odd=a=b:c'], 'requires': ['music=core', 'music=odd'], 'layer-title': ['music=The music'],
      'encrypt': ['core=https://example.com/core.key'], 'expires': '2026-12-01', 'starts-at': '1d', 'audience': '5000', 'piece-size': '1M', 'tracker': ['udp://t.example:1/announce'],
    }, now);
    expect(options).toMatchObject({
      id: 'com.example.game', title: 'Game', version: 3, publisherName: 'com.example.game', expiresAt: Date.parse('2026-12-01'), startsAt: now + 86_400_000, expectedAudience: 5_000,
      pieceLength: 1024 ** 2, issuedAt: now, trackers: ['udp://t.example:1/announce'],
      layers: [
        { id: 'core', pattern: 'core/**', required: true, encrypt: { algorithm: 'aes-256-gcm', keyUrl: 'https://example.com/core.key' } },
        { id: 'music', title: 'The music', pattern: '{music,ost}/*.ogg', required: false, requires: ['core', 'odd'] }, { id: 'odd', pattern: 'a=b:c', required: false },
      ],
    });
  });

  it.each([
    [{ id: undefined }, '--id'], [{ title: '' }, '--title'], [{ version: undefined }, '--version'], [{ version: '1.2' }, '--version'], [{ layer: [] }, '--layer'], [{ layer: ['core'] }, '--layer'],
    [{ layer: ['=x'] }, '--layer'], [{ requires: ['core=extra'] }, '--requires'], [{ requires: ['extra=core'] }, '--requires'], [{ encrypt: ['core'] }, '--encrypt'], [{ cipher: 'rot13' }, '--cipher'],
    [{ 'web-seed': ['http://cdn.example/'] }, '--web-seed'], [{ tracker: ['example'] }, '--tracker'], [{ 'piece-size': '3K' }, '--piece-size'], [{ expires: 'later' }, '--expires'],
    [{ audience: 'many' }, '--audience'], [{ 'segment-seconds': 'x' }, '--segment-seconds'],
  ])('are refused when they make no sense: %j', (wrong, option) => {
    expect(() => packOptionsOf({ ...least, ...wrong }, now)).toThrow(UsageError);
    expect(() => packOptionsOf({ ...least, ...wrong }, now)).toThrow(option);
  });
});
