// GET /metrics: Prometheus text for whoever has the token, and, where the operator opened it, for scrapers on this machine.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer, Metrics } from '../../contract/index.ts';
import { metricsText } from './metrics-text.ts';

export interface MetricsOptions {
  /** Scrapers on this machine need no token. */
  open: boolean;
  request(name: 'session.metrics', input: object): Promise<Answer<unknown>>;
}

/** A scraper that asks without pause gets the same answer. */
const FRESH_MS = 500;

export const isMetricsPath = (path: string): boolean => path === '/metrics';

export class MetricsPage {
  readonly #o: MetricsOptions;
  #last: { at: number; answer: Promise<{ status: number; contentType: string; text: string }> } | null = null;

  constructor(options: MetricsOptions) {
    this.#o = options;
  }

  /**
   * Whether it may be read without the token: by a program on this machine. A browser says on whose behalf it asks, a proxy that it asks for
   * somebody else; both need the token.
   */
  isOpenTo({ headers, socket }: Pick<IncomingMessage, 'headers'> & { socket: { remoteAddress?: string } }): boolean {
    if (!this.#o.open || !isLoopback(socket.remoteAddress)) return false;
    const forwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => headers[name] !== undefined);
    const browser = headers.origin !== undefined || headers.referer !== undefined || Object.keys(headers).some((name) => name.startsWith('sec-fetch-'));
    return !forwarded && !browser;
  }

  async answer(head: boolean, response: ServerResponse): Promise<void> {
    const now = performance.now();
    if (!this.#last || now - this.#last.at > FRESH_MS) this.#last = { at: now, answer: this.#make() };
    const { status, contentType, text } = await this.#last.answer;
    response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(text), 'Cache-Control': 'no-store' });
    response.end(head ? undefined : text);
  }

  async #make(): Promise<{ status: number; contentType: string; text: string }> {
    const answer = await this.#o.request('session.metrics', {});
    if (!answer.ok) return { status: 503, contentType: 'text/plain; charset=utf-8', text: `${answer.error.message}\n` };
    return { status: 200, ...(await metricsText(answer.value as Metrics)) };
  }
}

const isLoopback = (address: string | undefined): boolean => address !== undefined && /^(::ffff:)?127\.|^::1$/.test(address);
