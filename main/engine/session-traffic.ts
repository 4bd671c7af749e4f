// What one torrent carries: how fast bytes come and go, how many there were and of whom, and how long the first piece took.
import type { TorrentSpec, TorrentStats } from './engine-types.ts';
import type { SessionContext } from './session-context.ts';
import { SessionFigures } from './session-figures.ts';
import { SpeedMeter } from './speed-meter.ts';

type TrafficStats = Pick<TorrentStats,
  'downloadBytesPerSecond' | 'uploadBytesPerSecond' | 'receivedBytes' | 'uploadedBytes' | 'fromPeople' | 'fromServer' | 'wastedBytes' | 'hashFailures' | 'firstPieceMs'>;

export class SessionTraffic {
  readonly figures = new SessionFigures();
  /** As they arrive, over all runs of the program. */
  receivedBytes: number;
  uploadedBytes: number;
  wastedBytes = 0;
  /** From the start to the first verified piece; null: there is none yet. */
  firstPieceMs: number | null = null;
  readonly #context: Pick<SessionContext, 'now' | 'downloaded' | 'uploaded'>;
  readonly #down: SpeedMeter;
  readonly #up: SpeedMeter;
  #startedAtMs: number | null = null;
  #hashFailures = 0;
  /** Verified, over all runs. */
  #fromPeople: number;
  #fromServer: number;

  /** @param before what earlier runs counted */
  constructor(context: Pick<SessionContext, 'now' | 'downloaded' | 'uploaded'>, before: TorrentSpec['counters']) {
    this.#context = context;
    this.#down = new SpeedMeter(context.now);
    this.#up = new SpeedMeter(context.now);
    this.receivedBytes = before?.receivedBytes ?? 0;
    this.uploadedBytes = before?.uploadedBytes ?? 0;
    this.#fromPeople = before?.fromPeople ?? 0;
    this.#fromServer = before?.fromServer ?? 0;
  }

  /** The torrent runs; only the first time counts. @param held after its metadata: its download has not begun */
  started(held: boolean): void {
    this.#startedAtMs ??= this.#context.now();
    if (!held) this.figures.startedAt ??= Date.now();
  }

  /** Milliseconds since the start while there is no verified piece; null: there is one, or no start. */
  firstPieceWaitMs(): number | null {
    return this.firstPieceMs === null && this.#startedAtMs !== null ? this.#context.now() - this.#startedAtMs : null;
  }

  cameFromPeople(bytes: number): void {
    this.#came(bytes);
    this.figures.fromPeople += bytes;
  }

  cameFromServer(bytes: number): void {
    this.#came(bytes);
    this.figures.fromServer += bytes;
  }

  #came(bytes: number): void {
    this.#down.add(bytes);
    this.#context.downloaded.add(bytes);
    this.receivedBytes += bytes;
  }

  sent(bytes: number): void {
    this.#up.add(bytes);
    this.#context.uploaded.add(bytes);
    this.uploadedBytes += bytes;
    this.figures.uploaded += bytes;
  }

  /** A piece is verified and stored. */
  kept(bytes: number, serverBytes: number): void {
    this.#fromServer += serverBytes;
    this.#fromPeople += bytes - serverBytes;
    this.figures.firstPieceAt ??= Date.now();
    this.firstPieceMs ??= Math.round(this.#context.now() - (this.#startedAtMs ?? this.#context.now()));
  }

  /** A whole piece was wrong. */
  failed(bytes: number): void {
    this.#hashFailures++;
    this.wastedBytes += bytes;
  }

  stats(): TrafficStats {
    return {
      downloadBytesPerSecond: this.#down.bytesPerSecond, uploadBytesPerSecond: this.#up.bytesPerSecond,
      receivedBytes: this.receivedBytes, uploadedBytes: this.uploadedBytes, fromPeople: this.#fromPeople, fromServer: this.#fromServer,
      wastedBytes: this.wastedBytes, hashFailures: this.#hashFailures, firstPieceMs: this.firstPieceMs,
    };
  }
}
