// How the files of a layer are laid out in its torrent.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTorrentFile } from '../../../main/metainfo/metainfo.ts';
import { alignedSize, chooseLayerPieceLength, layerTorrent, torrentOrder } from '../../../main/package/layer-torrent.ts';

const KIB = 1024;
const about = { trackers: [['https://tracker.example/announce']], webSeeds: ['https://cdn.example/'], creationDate: 1_800_000_000 };

describe('the torrent of a layer', () => {
  it('begins every file at a piece, fills with pad files between them and with nothing at the end', () => {
    const files = [{ path: 'empty', length: 0 }, { path: 'd/a', length: 100 }, { path: 'b', length: 32 * KIB }, { path: 'c', length: 40 * KIB }, { path: 'd/z', length: 1 }];
    const pieces = new Uint8Array(20 * 7);
    const { bytes, metainfo } = layerTorrent('set', files, 16 * KIB, pieces, about);
    expect(parseTorrentFile(bytes)).toMatchObject({ infoHash: metainfo.infoHash, webSeeds: about.webSeeds, trackers: about.trackers, creationDate: about.creationDate });
    expect(metainfo.files.map(({ path, length, offset, padding }) => [path.join('/'), length, offset, padding])).toEqual([
      ['empty', 0, 0, false], ['d/a', 100, 0, false], [`.pad/${16 * KIB - 100}`, 16 * KIB - 100, 100, true], ['b', 32 * KIB, 16 * KIB, false],
      ['c', 40 * KIB, 48 * KIB, false], [`.pad/${8 * KIB}`, 8 * KIB, 88 * KIB, true], ['d/z', 1, 96 * KIB, false],
    ]);
    expect(Buffer.from(metainfo.infoBytes).toString('latin1')).toContain('4:attr1:p');
  });

  it('is right for any files: aligned, no filling at the end, as many pieces as were counted', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 30 }).filter((all) => all.some(Boolean)), (lengths) => {
      const files = torrentOrder(lengths.map((length, index) => ({ path: `f${index}`, length })));
      const { pieces, paddingShare } = alignedSize(files.map(({ length }) => length), 16 * KIB);
      const { metainfo } = layerTorrent('set', files, 16 * KIB, new Uint8Array(20 * pieces), about);
      const padding = metainfo.files.filter((file) => file.padding).reduce((sum, { length }) => sum + length, 0);
      expect(metainfo.pieceCount).toBe(pieces);
      expect(metainfo.files.at(-1)!.padding).toBe(false);
      expect(padding / metainfo.length).toBeCloseTo(paddingShare, 10);
      for (const file of metainfo.files) if (!file.padding) expect(file.offset % (16 * KIB)).toBe(0);
    }));
  });
});

describe('the piece length', () => {
  it('is that of any torrent of the size for large files, and smaller where most would be filling', () => {
    expect(chooseLayerPieceLength([1024 ** 3])).toBe(1024 * KIB);
    expect(chooseLayerPieceLength(Array.from({ length: 2_000 }, () => 300_000))).toBe(64 * KIB);
    expect(chooseLayerPieceLength(Array.from({ length: 5_000 }, () => 2_000))).toBe(16 * KIB);
  });

  it('never becomes so small that the list of pieces is what is large', () => {
    const lengths = Array.from({ length: 60_000 }, () => 300_000);
    expect(alignedSize(lengths, chooseLayerPieceLength(lengths)).pieces).toBe(60_000);
  });

  it('stays that of the version before, unless that is far off', () => {
    expect(chooseLayerPieceLength([1024 ** 3], 512 * KIB)).toBe(512 * KIB);
    expect(chooseLayerPieceLength([1024 ** 3], 32 * KIB)).toBe(1024 * KIB);
  });
});
