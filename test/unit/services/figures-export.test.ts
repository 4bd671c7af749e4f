// Figures as files: CSV that every program reads, with units, and nothing personal.
import { describe, expect, it } from 'vitest';
import { PackageFigures } from '../../../contract/index.ts';
import { field, figuresCsv, figuresJson } from '../../../main/services/figures-export.ts';
import { figuresOf } from '../../support/fake-figures.ts';

const figures = figuresOf('org.example.event', 'A "great", event', 12);

describe('exported figures', () => {
  it('has a header with units and one line a point, each ended by CR LF', () => {
    const csv = figuresCsv(figures);
    const lines = csv.split('\r\n');
    expect(csv.endsWith('\r\n')).toBe(true);
    expect(lines).toHaveLength(figures.history.points.length + 2);
    expect(lines[0]).toBe('time (UTC),from people (bytes/s),from servers (bytes/s),sent (bytes/s),connected (people),complete (people),helping (people),joined (people),left (people),rarest piece (copies),mean (copies),done (0 to 1)');
    expect(lines[1]).toMatch(/^2026-05-02T18:00:00\.000Z,0,4000000,0,0,0,0,1,0,0,0,0$/);
    for (const line of lines.slice(0, -1)) expect(line.split(',')).toHaveLength(12);
  });

  it('puts what has commas, quotes or line ends in quotes (RFC 4180)', () => {
    expect(['plain', 'a,b', 'say "yes"', 'two\r\nlines'].map(field)).toEqual(['plain', '"a,b"', '"say ""yes"""', '"two\r\nlines"']);
  });

  it('is JSON that the contract takes', () => {
    expect(PackageFigures.parse(JSON.parse(figuresJson(figures)))).toEqual(figures);
  });
});
