// The command line of the headless host and the options that all commands share.
import { describe, expect, it } from 'vitest';
import { parsePeer, parseRate } from '../../../main/headless/common-options.ts';
import { parseServe } from '../../../main/headless/serve-command.ts';
import { userDataFolder } from '../../../main/core/user-folders.ts';

describe('rates', () => {
  it.each([['500K', 500_000], ['2M', 2_000_000], ['1.5MB/s', 1_500_000], ['800KiB/s', 819_200], ['100000', 100_000], ['1g', 1e9], ['64 kB/s', 64_000], ['2mbps', 2_000_000]])('reads %s', (text, rate) => {
    expect(parseRate(text, '--limit-down')).toBe(rate);
  });
  it.each(['', 'fast', '0', '-1M', '1000', '1e9', '5X', 'K', '1.2.3M', '200G', '1M/h'])('refuses "%s" in one sentence', (text) => {
    expect(() => parseRate(text, '--limit-down')).toThrow(/^--limit-down wants a rate .*\.$/);
  });
});

describe('peers', () => {
  it.each(['192.0.2.7:6881', 'seed.example:1', '[2001:db8::7]:65535'])('takes %s', (peer) => expect(parsePeer(peer)).toBe(peer));
  it.each(['192.0.2.7', 'x:0', 'x:65536', '2001:db8::7:1', 'a b:1', ':1', 'http://x:1'])('refuses %s', (peer) => expect(() => parsePeer(peer)).toThrow(/HOST:PORT/));
});

describe('serve', () => {
  it('has sensible defaults and keeps to this machine', () => {
    const options = parseServe([]);
    expect(options).toMatchObject({ host: '127.0.0.1', port: 7390, anyPortWhenTaken: true, allowDirs: [], named: [], open: false, metricsOpen: false, core: { allowPrivate: false, settings: {}, peers: [] } });
  });

  it('hands everything on', () => {
    const options = parseServe([
      '--port', '0', '--host', '0.0.0.0', '--download-dir', '/d', '--data-dir', '/s', '--listen', '7000', '--peer', 'a:1', '--peer', 'b:2', '--no-dht', '--allow-private',
      '--limit-down', '1M', '--limit-up', '2M', '--token-file', '/t', '--open', '--metrics-open', '--allow-dir', '/x', '--allow-dir', '/y', 'magnet:?xt=urn:btih:aa', 'file.torrent',
    ]);
    expect(options).toMatchObject({
      host: '0.0.0.0', port: 0, anyPortWhenTaken: false, tokenFile: '/t', allowDirs: ['/x', '/y'], named: ['magnet:?xt=urn:btih:aa', 'file.torrent'], open: true,
      core: { dataDir: '/s', downloadDir: '/d', allowPrivate: true, peers: ['a:1', 'b:2'], settings: { listenPort: 7000, dht: false, downBytesPerSecond: 1e6, upBytesPerSecond: 2e6 } },
    });
  });

  it.each([['--port', 'x'], ['--port', '70000'], ['--bogus'], ['--port'], ['--host', 'a b']])('refuses %s %s', (...args) => expect(() => parseServe(args)).toThrow());
  it('knows --help', () => expect(parseServe(['--help'])).toBe('help'));
});

describe('the data folder', () => {
  it('is where each platform keeps such things', () => {
    expect(userDataFolder({ XDG_DATA_HOME: '/x' }, 'linux', '/h')).toBe('/x/flashswarm');
    expect(userDataFolder({ XDG_DATA_HOME: 'relative' }, 'linux', '/h')).toBe('/h/.local/share/flashswarm');
    expect(userDataFolder({}, 'darwin', '/h')).toBe('/h/Library/Application Support/Flashswarm');
  });
});
