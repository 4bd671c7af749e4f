// Which files get the platform's mark, and when: finished and verified ones that came from others, once.
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileMarks } from '../../../main/services/file-marks.ts';

interface Fake { path: string; length: number; bytesDone: number; check: string }
const finished = (path: string, check = 'none'): Fake => ({ path, length: 5, bytesDone: 5, check });

/** A library with one package of one layer, and a mark that writes down what it was given. */
function world(files: Fake[], { receivedBytes = 10, stagingFolder = null as string | null, fail = null as NodeJS.ErrnoException | null } = {}) {
  const record = { marked: '', opened: false, stagingFolder, counters: { receivedBytes } };
  const layer = {
    record, metainfo: { name: 'Evening', files }, manifest: null, torrent: { stats: () => ({ receivedBytes: 0 }) },
    files: (base: number) => files.map((file, index) => ({ ...file, index: base + index })),
  };
  const entry = { record: { id: 'a', folder: '/downloads' }, allLayers: [layer], locate: (index: number) => ({ layer, metainfo: layer.metainfo, index }) };
  const library = Object.assign(new EventEmitter(), { find: () => entry, touchSoon: vi.fn() });
  const given: string[] = [];
  const said: string[] = [];
  const marks = new FileMarks({
    library: library as never, log: (line) => said.push(line),
    mark: async (path) => {
      given.push(path);
      if (fail) throw Object.assign(fail, fail.path === undefined ? {} : { path: fail.path || path });
    },
  });
  const advance = async (): Promise<void> => {
    library.emit('layerAdvanced', entry, layer);
    await vi.advanceTimersByTimeAsync(2_000);
  };
  return { marks, record, entry: entry as never, files, given, said, advance, library };
}

describe('marks of finished files', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('are given once, to what is finished and verified', async () => {
    const { given, advance, record, files, library } = world([finished('a.exe'), { ...finished('b.exe'), bytesDone: 4 }, finished('c.exe', 'waiting'), finished('d.exe', 'wrong'), finished('e.exe', 'right')]);
    await advance();
    expect(given).toEqual([join('/downloads', 'a.exe'), join('/downloads', 'e.exe')]);
    expect(record.marked).toBe('100010');
    await advance();
    expect(given).toHaveLength(2);
    expect(library.touchSoon).toHaveBeenCalledOnce();
    files[1]!.bytesDone = 5;
    await advance();
    expect(given.at(-1)).toBe(join('/downloads', 'b.exe'));
  });

  it('stay away when a person took them off, also after a start', async () => {
    const { given, advance, record } = world([finished('a.exe')]);
    record.marked = '10';
    await advance();
    expect(given).toEqual([]);
  });

  it('are given anew to what is fetched anew', async () => {
    const { given, advance, files } = world([finished('a.exe')]);
    await advance();
    files[0]!.bytesDone = 0;
    await advance();
    files[0]!.bytesDone = 5;
    await advance();
    expect(given).toHaveLength(2);
  });

  it('are not given to what a person only shares', async () => {
    const { given, advance } = world([finished('mine.exe')], { receivedBytes: 0 });
    await advance();
    expect(given).toEqual([]);
  });

  it('are given where an update is put together, before it is put in place', async () => {
    const { given, advance } = world([finished('a.exe')], { stagingFolder: '/downloads/.flashswarm-a-2' });
    await advance();
    expect(given).toEqual([join('/downloads/.flashswarm-a-2', 'a.exe')]);
  });

  it('are there before a file is handed out, whatever else is missing', async () => {
    const { marks, entry, given, record } = world([finished('a.exe'), finished('b.exe'), { ...finished('c.exe'), bytesDone: 0 }]);
    await marks.before(entry, 1);
    expect(given).toEqual([join('/downloads', 'b.exe')]);
    expect(record.marked).toBe('0100');
  });

  it('fail quietly: said once, and not tried again on a disk that keeps none', async () => {
    const { given, advance, said, record } = world([finished('a.exe'), finished('b.exe')], { fail: Object.assign(new Error('EINVAL: no streams here'), { code: 'EINVAL' }) });
    await advance();
    await advance();
    expect(given).toHaveLength(2);
    expect(said).toEqual([expect.stringContaining('EINVAL')]);
    expect(record.marked).toBe('110');
  });

  it('are tried again for a file that is on its way elsewhere', async () => {
    const { advance, said, record } = world([finished('a.exe')], { fail: Object.assign(new Error('ENOENT'), { code: 'ENOENT', path: '' }) });
    await advance();
    expect(record.marked).toBe('');
    expect(said).toEqual([]);
  });

  it('end with the core', async () => {
    const { marks, given, advance } = world([finished('a.exe')]);
    await marks.close();
    await advance();
    expect(given).toEqual([]);
  });
});
