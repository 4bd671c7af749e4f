// A whole core started again with a hundred complete torrents: how long, and how many bytes the process reads (its data is far more).
import { mkdtempSync, openSync, readFileSync, rmSync, truncateSync, closeSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forkNodeCore } from '../../main/core/fork-node.ts';
import { CoreSupervisor } from '../../main/core/supervisor.ts';
import { createTorrent, encodeTorrentFile } from '../../main/metainfo/metainfo.ts';

const TORRENTS = 100;
const BYTES_EACH = 8 * 1024 * 1024;

const readBytes = (pid) => Number(/rchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))[1]);

async function started(folder) {
  const core = new CoreSupervisor({
    options: {
      dataDir: join(folder, 'data'), downloadDir: join(folder, 'files'), version: '0', allowPrivate: false, peers: [],
      settings: { dht: false, lsd: false, utp: false },
    },
    fork: forkNodeCore(), trash: async () => {},
  });
  const at = performance.now();
  await core.start();
  return { core, at };
}

async function ask(core, name, input) {
  const answer = await core.request(name, input);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value;
}

async function allSharing(core) {
  for (;;) {
    const { packages } = await ask(core, 'session.snapshot', {});
    if (packages.filter((one) => one.state.kind === 'seeding').length === TORRENTS) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** @returns seconds until all are sharing again, bytes read by the core, and the same for an empty one */
export async function coreStart() {
  const folder = mkdtempSync(join(tmpdir(), 'flashswarm-bench-'));
  try {
    const empty = await started(join(folder, 'empty'));
    const emptyBytes = readBytes(empty.core.pid);
    const emptySeconds = (performance.now() - empty.at) / 1000;
    await empty.core.stop();
    mkdirSync(join(folder, 'files'), { recursive: true });
    const first = await started(folder);
    for (let number = 0; number < TORRENTS; number++) {
      const path = join(folder, 'files', `number-${number}.bin`);
      closeSync(openSync(path, 'w'));
      truncateSync(path, BYTES_EACH);
      const base64 = Buffer.from(encodeTorrentFile(await createTorrent(path))).toString('base64');
      await ask(first.core, 'packages.add', { source: { kind: 'bytes', base64 } });
    }
    await allSharing(first.core);
    await first.core.stop();
    const again = await started(folder);
    await allSharing(again.core);
    const seconds = (performance.now() - again.at) / 1000;
    const megabytesRead = (readBytes(again.core.pid) - emptyBytes) / 1e6;
    await again.core.stop();
    return { seconds, emptySeconds, megabytesRead, megabytesOfData: (TORRENTS * BYTES_EACH) / 1e6 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
