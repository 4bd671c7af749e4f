// A real core process in a folder of its own, for integration tests: asks it, waits for what its events say, removes it all.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CoreOptions, CoreRequestName, Input, Output, PackageSummary } from '../../contract/index.ts';
import { forkNodeCore } from '../../main/core/fork-node.ts';
import { CoreSupervisor } from '../../main/core/supervisor.ts';

const entry = fileURLToPath(new URL('../../main/core/main.ts', import.meta.url));

export class TestCore {
  readonly folder: string;
  readonly downloads: string;
  readonly options: CoreOptions;
  readonly trashed: string[] = [];
  supervisor: CoreSupervisor;
  trashFails = false;
  /** What the core says on its standard error is not caught; ends that nobody asked for are counted here. */
  falls = 0;
  readonly #environment: Record<string, string>;

  private constructor(folder: string, more: Partial<CoreOptions>, environment: Record<string, string>) {
    this.folder = folder;
    this.#environment = environment;
    this.downloads = join(folder, 'downloads');
    this.options = {
      dataDir: join(folder, 'data'), downloadDir: this.downloads, version: '0.0.0-test', allowPrivate: true, peers: [], ...more,
      settings: { dht: false, lsd: false, utp: false, portMapping: false, ...more.settings },
    };
    this.supervisor = this.#make();
  }

  /** @param environment of the core's process, beside this one's: `NODE_EXTRA_CA_CERTS` for a test's own authority */
  static async start(more: Partial<CoreOptions> = {}, environment: Record<string, string> = {}): Promise<TestCore> {
    const core = new TestCore(await mkdtemp(join(tmpdir(), 'flashswarm-core-')), more, environment);
    await core.supervisor.start();
    return core;
  }

  #make(): CoreSupervisor {
    return new CoreSupervisor({
      options: this.options,
      fork: (given) => {
        const child = forkNodeCore(entry)({ ...this.#environment, ...given });
        child.onExit((code) => {
          if (code !== 0) this.falls += 1;
        });
        return child;
      },
      trash: async (paths) => {
        if (this.trashFails) throw new Error('there is no trash on this disk');
        this.trashed.push(...paths);
        for (const path of paths) await rm(path, { recursive: true, force: true });
      },
    });
  }

  /** @throws Error with the code and the sentence of a failure */
  async ask<N extends CoreRequestName>(name: N, input: Input<N>): Promise<Output<N>> {
    const answer = await this.supervisor.request(name, input);
    if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.message}`);
    return answer.value as Output<N>;
  }

  async port(): Promise<number> {
    return (await this.ask('session.snapshot', {})).totals.listenPort;
  }

  async package(id: string): Promise<PackageSummary> {
    const found = (await this.ask('session.snapshot', {})).packages.find((p) => p.id === id);
    if (!found) throw new Error(`no package ${id}`);
    return found;
  }

  /** Resolves with the package once it is as wanted; the test's own time-out is the bound. */
  async until(id: string, wanted: (p: PackageSummary) => boolean): Promise<PackageSummary> {
    for (;;) {
      const now = await this.package(id).catch(() => null);
      if (now && wanted(now)) return now;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** SIGKILL, then a new process on the same folders, without the pause that the supervisor would make. */
  async kill(): Promise<void> {
    const { pid } = this.supervisor;
    this.falls -= 1; // this one is asked for
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
    await this.restart();
  }

  /** An orderly stop and a new process on the same folders. */
  async restart(): Promise<void> {
    await this.supervisor.stop();
    this.supervisor = this.#make();
    await this.supervisor.start();
  }

  async stop(): Promise<void> {
    await this.supervisor.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
