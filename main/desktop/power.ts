// Power and line: tells the core of battery and metered lines, and keeps the machine awake while something is fetched on mains.
import type { PowerMonitor, PowerSaveBlocker } from 'electron';
import type { Conditions, Snapshot } from '../../contract/index.ts';
import type { CoreSupervisor } from '../core/supervisor.ts';

/** What is used of Electron, so that a test can stand in for a laptop. */
export interface PowerSystem {
  monitor: Pick<PowerMonitor, 'isOnBatteryPower'> & { on(event: 'on-battery' | 'on-ac' | 'resume', listener: () => void): unknown };
  blocker: Pick<PowerSaveBlocker, 'start' | 'stop'>;
  isMetered(): Promise<boolean>;
  /** @returns how to end it */
  every(ms: number, act: () => void): () => void;
}

const LOOK_AT_LINE_MS = 60_000;

export class Power {
  readonly #core: Pick<CoreSupervisor, 'request' | 'on'>;
  readonly #system: PowerSystem;
  readonly #stop: (() => void)[];
  #conditions: Conditions = { metered: false, onBattery: false };
  #blocking: number | null = null;

  constructor(core: Pick<CoreSupervisor, 'request' | 'on'>, system: PowerSystem) {
    this.#core = core;
    this.#system = system;
    for (const event of ['on-battery', 'on-ac', 'resume'] as const) system.monitor.on(event, () => void this.#look());
    this.#stop = [
      system.every(LOOK_AT_LINE_MS, () => void this.#look()),
      // A core that was started again knows nothing of it.
      core.on('core.state', ({ state }) => {
        if (state === 'up') this.#tell();
      }),
    ];
    void this.#look();
  }

  /** Nobody wants a machine that sleeps amid a download; on battery it is the system's to decide. */
  update({ packages, settings }: Pick<Snapshot, 'packages' | 'settings'>): void {
    const isFetching = packages.some(({ state }) => state.kind === 'downloading' || state.kind === 'checking' || state.kind === 'moving');
    const wanted = settings.desktop.keepAwake && isFetching && !this.#conditions.onBattery;
    if (wanted && this.#blocking === null) this.#blocking = this.#system.blocker.start('prevent-app-suspension');
    else if (!wanted) this.#release();
  }

  close(): void {
    for (const stop of this.#stop) stop();
    this.#release();
  }

  #release(): void {
    if (this.#blocking !== null) this.#system.blocker.stop(this.#blocking);
    this.#blocking = null;
  }

  async #look(): Promise<void> {
    const onBattery = this.#system.monitor.isOnBatteryPower();
    const metered = await this.#system.isMetered();
    if (onBattery) this.#release();
    if (onBattery === this.#conditions.onBattery && metered === this.#conditions.metered) return;
    this.#conditions = { metered, onBattery };
    this.#tell();
  }

  #tell(): void {
    void this.#core.request('session.setConditions', this.#conditions);
  }
}
