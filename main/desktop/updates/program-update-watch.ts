// Looks for newer versions of the program, has the core judge them, and fetches and installs one when the person wants it.
import type { Answer, ProgramUpdate, VerifiedUpdate } from '../../../contract/index.ts';
import { ContractError, toFailure } from '../../../contract/index.ts';
import type { Installer } from './installer.ts';
import { fetchSmall } from './web-get.ts';
import type { WebGet } from './web-get.ts';

export interface ProgramUpdateWatchOptions {
  /** The folder with the descriptions; null: there is none, or this is no packed program. */
  feed: URL | null;
  /** The description for this system. */
  metadataName: string;
  get: WebGet;
  /** The core's judgement. */
  verify(input: { name: string; metadata: string; signature: string }): Promise<Answer<VerifiedUpdate>>;
  /** Null: this kind of installation is replaced by hand. */
  openInstaller: (() => Promise<Installer>) | null;
  /** Whether the person wants it to look by itself. */
  mayLook(): boolean;
  openDownloadPage(): void;
  /** Ends the program in order and calls this when the core is at its end. */
  quitThen(act: () => void): void;
  changed(update: ProgramUpdate): void;
  /** @returns how to call it off */
  after(ms: number, act: () => void): () => void;
  /** 0..1 */
  random(): number;
  log(line: string): void;
  now(): number;
}

const maxMetadataBytes = 256 * 1024;
const maxSignatureBytes = 16 * 1024;
/** Everybody who starts after a crash of the network, or at nine o'clock, does not ask at once. */
const firstLookMs = 60_000;
const firstLookSpreadMs = 240_000;
const dayMs = 24 * 3600 * 1000;
const daySpreadMs = 2 * 3600 * 1000;

export class ProgramUpdateWatch {
  readonly #o: ProgramUpdateWatchOptions;
  #state: ProgramUpdate;
  #found: VerifiedUpdate | null = null;
  #installer: Installer | null = null;
  #looking: Promise<void> | null = null;
  #fetching = false;
  #callOff: () => void = () => {};

  constructor(options: ProgramUpdateWatchOptions) {
    this.#o = options;
    this.#state = {
      state: options.feed ? 'none' : 'off', version: null, progress: null, installs: options.openInstaller !== null, checkedAt: null,
      message: options.feed ? null : 'This copy of Flashswarm does not look for newer versions by itself.',
    };
  }

  get state(): ProgramUpdate {
    return this.#state;
  }

  /** From now on it looks once a day. */
  start(): void {
    if (this.#o.feed) this.#lookAfter(firstLookMs + this.#o.random() * firstLookSpreadMs);
  }

  close(): void {
    this.#callOff();
  }

  /** Looks now, whatever the settings say: somebody asked. */
  async check(): Promise<ProgramUpdate> {
    await this.#look();
    return this.#state;
  }

  /** What the person wants with the version that is there: to have it fetched, to restart into it, or to get it by hand. */
  install(): ProgramUpdate {
    const { state, installs } = this.#state;
    if (state === 'ready') this.#restart();
    else if (!this.#found?.isNewer) throw new ContractError('not-found', 'There is no newer version of Flashswarm.');
    else if (!installs) this.#o.openDownloadPage();
    else void this.#fetch(this.#found);
    return this.#state;
  }

  #lookAfter(ms: number): void {
    this.#callOff = this.#o.after(ms, () => {
      this.#lookAfter(dayMs + (this.#o.random() - 0.5) * daySpreadMs);
      if (this.#o.mayLook()) void this.#look();
    });
  }

  #look(): Promise<void> {
    // Nothing is asked while it is fetched or waits for the restart: the answer would only be in the way.
    if (!this.#o.feed || this.#fetching || this.#state.state === 'ready') return Promise.resolve();
    this.#looking ??= this.#lookOnce(this.#o.feed).finally(() => (this.#looking = null));
    return this.#looking;
  }

  async #lookOnce(feed: URL): Promise<void> {
    const { metadataName: name, get } = this.#o;
    this.#set({ state: 'checking', message: null });
    try {
      const metadata = await fetchSmall(get, new URL(name, feed), maxMetadataBytes);
      const signature = await fetchSmall(get, new URL(`${name}.minisig`, feed), maxSignatureBytes);
      const answer = await this.#o.verify({ name, metadata: metadata.toString('base64'), signature: signature.toString('utf8') });
      if (!answer.ok) throw new ContractError(answer.error.code, answer.error.message);
      this.#found = answer.value;
      const { isNewer, isStale, signedAt, version } = answer.value;
      this.#set({
        state: isNewer ? 'available' : 'none', version: isNewer ? version : null, checkedAt: this.#o.now(),
        message: isStale ? `The newest word about Flashswarm is of ${new Date(signedAt).toISOString().slice(0, 10)}. There may be newer versions that this network does not let through.` : null,
      });
    } catch (error) {
      this.#fail(error);
    }
  }

  async #fetch(update: VerifiedUpdate): Promise<void> {
    if (this.#fetching) return;
    this.#fetching = true;
    this.#set({ state: 'downloading', version: update.version, progress: 0, message: null });
    try {
      this.#installer ??= await this.#o.openInstaller!();
      await this.#installer.fetch(update, (share) => {
        if (Math.floor(share * 100) > Math.floor((this.#state.progress ?? 0) * 100)) this.#set({ progress: Math.min(1, share) });
      });
      this.#set({ state: 'ready', progress: null });
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#fetching = false;
    }
  }

  #restart(): void {
    const installer = this.#installer;
    if (installer) this.#o.quitThen(() => installer.restart());
  }

  /** Quiet: it is seen in the settings, and the next day brings the next try. */
  #fail(error: unknown): void {
    const { message } = toFailure(error);
    this.#o.log(`update: ${message}`);
    this.#set({ state: 'failed', progress: null, message });
  }

  #set(part: Partial<ProgramUpdate>): void {
    this.#state = { ...this.#state, ...part };
    this.#o.changed(this.#state);
  }
}
