// The outlines of swarm bar and piece map, and the tree of files.
import { describe, expect, it } from 'vitest';
import { treeOf } from '../../../renderer/components/file-tree-model.ts';
import { shapeOf } from '../../../renderer/components/swarm-bar-shape.ts';
import { mapOf } from '../../../renderer/features/detail/piece-map.ts';

describe('the swarm bar', () => {
  it('piles local, people and server up without a seam', () => {
    const shape = shapeOf({ local: [0.5, 0], people: [0.25, 0], server: [0.25, 1], copies: [] });
    expect(shape.width).toBe(2);
    expect(shape.local).toContain('M0 50L1 50');
    expect(shape.people.startsWith('M0 25L1 25')).toBe(true);
    expect(shape.server.startsWith('M0 0L1 0L1 0L2 0')).toBe(true);
  });
  it('draws no layer that is not there, and nothing at all before the metadata', () => {
    expect(shapeOf({ local: [0], people: [0.5], server: [0], copies: [] })).toMatchObject({ local: '', server: '' });
    expect(shapeOf({ local: [], people: [], server: [], copies: [] })).toMatchObject({ width: 1, local: '', people: '', server: '' });
  });
  it('never draws above the bar, whatever the sums', () => {
    const { server } = shapeOf({ local: [0.9], people: [0.9], server: [0.9], copies: [] });
    expect(server).not.toMatch(/ -/);
  });
  it('draws copies in three bands and joins neighbours', () => {
    const { scarce, some, many } = shapeOf({ local: [0, 0, 0, 0], people: [0, 0, 0, 0], server: [0, 0, 0, 0], copies: [1, 1, 3, 9] });
    expect([scarce, some, many]).toEqual(['M0 0H2V100H0Z', 'M2 0H3V100H2Z', 'M3 0H4V100H3Z']);
  });
});

describe('the piece map', () => {
  it('lays out as many squares as fit and colours each by its source', () => {
    const map = mapOf('0123', 48);
    expect(map.height).toBe(32);
    expect([map.missing, map.local, map.people, map.server].map((path) => path.slice(0, path.indexOf('h')))).toEqual(['M0 0', 'M16 0', 'M32 0', 'M0 16']);
  });
});

describe('the tree of files', () => {
  const tree = treeOf([
    { index: 0, path: 'a/b/one', length: 1 }, { index: 1, path: 'a/two', length: 2 }, { index: 2, path: 'three', length: 4 }, { index: 3, path: 'a/two', length: 8 },
  ]);
  it('sums sizes up through every folder', () => {
    expect([tree.length, tree.children[0]?.length, tree.children[0]?.children[0]?.length]).toEqual([15, 11, 1]);
    expect(tree.children[0]?.files.map((file) => file.index)).toEqual([0, 1, 3]);
  });
  it('tells lines of one name apart', () => {
    const paths = tree.children[0]?.children.map((child) => child.path) ?? [];
    expect(new Set(paths).size).toBe(paths.length);
  });
  it('is quick with many files in deep folders', () => {
    const many = Array.from({ length: 50_000 }, (_, index) => ({ index, path: `p/${index % 50}/${index % 500}/f${index}`, length: 1 }));
    expect(treeOf(many).files).toHaveLength(50_000);
  });
});
