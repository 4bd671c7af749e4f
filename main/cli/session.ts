// One command's own core: started, asked, waited for, stopped, whatever happens meanwhile.
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CoreOptions, CoreRequestName, Input, Output, PackageSummary } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import { forkNodeCore } from '../core/fork-node.ts';
import { CoreSupervisor } from '../core/supervisor.ts';
import { moveToTrash, userDataFolder } from '../headless/starter.ts';
import { CliError } from './exit-codes.ts';

const waitForCoreMs = 90_000;

/** Where a command keeps its state: one folder per place and source, so that any number run at once and each finds its own again. */
export async function stateFolder(command: string, folder: string, key: string): Promise<string> {
  const place = await realpath(folder).catch(() => resolve(folder));
  const id = createHash('sha256').update(`${place}\0${key}`).digest('hex').slice(0, 24);
  return join(userDataFolder(), command, id);
}

/**
 * Where packages that are fetched into a folder keep their state: one for all of that folder, so that a newer version finds the older one. Keys and
 * version marks are one list for the user, the one of `flashswarm serve`: what was pinned or taken once holds for every later `get`, at the same time too.
 */
export async function packageState(folder: string): Promise<{ dataDir: string; trustFile: string }> {
  return { dataDir: await stateFolder('packages', folder, ''), trustFile: join(userDataFolder(), 'trust.sqlite') };
}

export class Session {
  readonly #supervisor: CoreSupervisor;
  readonly #signal: AbortSignal;

  private constructor(supervisor: CoreSupervisor, signal: AbortSignal) {
    this.#supervisor = supervisor;
    this.#signal = signal;
  }

  /** @throws {CliError} `in-use` when another core has the data folder */
  static async start(core: CoreOptions, signal: AbortSignal, log: (line: string) => void): Promise<Session> {
    const supervisor = new CoreSupervisor({ options: core, fork: forkNodeCore(), trash: (paths) => moveToTrash(paths), log });
    const session = new Session(supervisor, signal);
    try {
      await supervisor.start();
    } catch (error) {
      await supervisor.stop(1_000);
      const message = (error as Error).message;
      throw /another flashswarm/i.test(message) ? new CliError('in-use', message) : error;
    }
    return session;
  }

  /** Asks the core; a core that is just being started again is waited for. @throws {ContractError} */
  async ask<N extends CoreRequestName>(name: N, input: Input<N>): Promise<Output<N>> {
    const giveUpAt = Date.now() + waitForCoreMs;
    for (;;) {
      this.#signal.throwIfAborted();
      const answer = await this.#supervisor.request(name, input);
      if (answer.ok) return answer.value as Output<N>;
      if (answer.error.code !== 'core-down' || Date.now() > giveUpAt) throw new ContractError(answer.error.code, answer.error.message);
      await sleep(200, undefined, { signal: this.#signal });
    }
  }

  /** A handle for a folder that the command line named. */
  grant(path: string): string {
    return this.#supervisor.grant(path);
  }

  /** Stops the core; what is verified is on disk afterwards. */
  stop(deadlineMs = 15_000): Promise<void> {
    return this.#supervisor.stop(deadlineMs);
  }

  /**
   * Looks at a package on every change until `until` answers something.
   * @throws what `until` throws, the signal's reason, or an error when the core can run no more
   */
  follow<T>(id: string, until: (summary: PackageSummary) => T | undefined): Promise<T> {
    return this.watch((packages, changed) => {
      const summary = changed.has(id) ? packages.get(id) : undefined;
      return summary && until(summary);
    });
  }

  /** The same for all packages; `changed` names those that are new or others than before. */
  async watch<T>(until: (packages: ReadonlyMap<string, PackageSummary>, changed: ReadonlySet<string>) => T | undefined): Promise<T> {
    const signal = this.#signal;
    signal.throwIfAborted();
    const packages = new Map<string, PackageSummary>();
    return new Promise<T>((resolve, reject) => {
      const leave = (finish: () => void) => {
        unsubscribe();
        signal.removeEventListener('abort', onAbort);
        finish();
      };
      const look = (upserted: PackageSummary[]) => {
        for (const summary of upserted) packages.set(summary.id, summary);
        try {
          const found = until(packages, new Set(upserted.map(({ id }) => id)));
          if (found !== undefined) leave(() => resolve(found));
        } catch (error) {
          leave(() => reject(error as Error));
        }
      };
      const refresh = () => {
        this.ask('session.snapshot', {}).then((snapshot) => look(snapshot.packages), (error: Error) => leave(() => reject(error)));
      };
      const onAbort = () => leave(() => reject(signal.reason as Error));
      const unsubscribe = this.#supervisor.onAny((name, payload) => {
        if (name === 'packages.changed') look((payload as { upserted: PackageSummary[] }).upserted);
        if (name === 'core.state') {
          const { state, error } = payload as { state: string; error: { message: string } | null };
          if (error) leave(() => reject(new CliError('internal', error.message)));
          else if (state === 'up') refresh();
        }
      });
      signal.addEventListener('abort', onAbort, { once: true });
      refresh();
    });
  }
}
