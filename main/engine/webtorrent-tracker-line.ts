// Announces to trackers over UDP and WebSocket through the library's client, which knows nothing of our times and states.
import { Client } from 'bittorrent-tracker';
import type { AnnounceEvent, TrackerLine, TrackerLineHandler, TrackerLineOptions } from './tracker-line.ts';
import { readCount, PEERS_WANTED } from './tracker-line.ts';

export class LibraryTrackerLine implements TrackerLine {
  readonly #client: Client;

  /** @throws Error when the address is not a tracker's */
  constructor({ url, infoHash, peerId, userAgent, port, figures }: TrackerLineOptions, handler: TrackerLineHandler) {
    const client = new Client({
      infoHash, peerId, userAgent, announce: [url], port: port(), wrtc: false, getAnnounceOpts: () => ({ ...figures(), numwant: PEERS_WANTED }),
    });
    this.#client = client;
    const fail = (error: Error): void => handler.failed(error.message, null);
    client.on('warning', fail);
    client.on('error', fail);
    client.on('update', (answer: Record<string, unknown>) => {
      this.#dropTimers();
      handler.answered({
        intervalSeconds: readCount(answer.interval) ?? readCount(answer['min interval']), seeders: readCount(answer.complete), leechers: readCount(answer.incomplete),
      });
    });
    client.on('peer', (address: unknown) => {
      if (typeof address === 'string') handler.peer(address);
    });
    for (const tracker of client._trackers) containRejections(tracker);
  }

  /** False: the library does not speak the protocol of this tracker; it says so itself a moment later. */
  get canAnnounce(): boolean {
    return this.#client._trackers.length > 0;
  }

  announce(event: AnnounceEvent): void {
    if (!this.canAnnounce) return;
    if (event === 'started') this.#client.start();
    else if (event === 'completed') this.#client.complete();
    else this.#client.update();
    this.#dropTimers();
  }

  close(done: () => void): void {
    const client = this.#client;
    client.removeAllListeners();
    client.on('error', () => {});
    client.on('warning', () => {});
    if (this.canAnnounce) client.stop();
    client.destroy(() => done());
  }

  /** The library's own timer knows neither failures nor our state: ours is the only one. */
  #dropTimers(): void {
    for (const tracker of this.#client._trackers) clearInterval(tracker.interval as NodeJS.Timeout);
  }
}

/** A broken answer must not reject into nothing, which would end the process. */
function containRejections(tracker: { _request?: (...args: unknown[]) => unknown }): void {
  const request = tracker._request;
  if (!request) return;
  tracker._request = (...args: unknown[]) => {
    const done = args.at(-1);
    const result = request.apply(tracker, args);
    if (result instanceof Promise) {
      result.catch((error: unknown) => {
        if (typeof done === 'function') done(error instanceof Error ? error : new Error('The tracker did not answer.'));
      });
    }
  };
}
