// A process of its own that fetches by `PackageFetcher`, for tests: one JSON question a line in, one JSON answer a line out.
import { createInterface } from 'node:readline';
import { OutboundGate } from '../../main/net/outbound-gate.ts';
import { PackageFetcher } from '../../main/services/package-fetcher.ts';

export interface Question {
  ask: 'package' | 'statements' | 'key';
  url: string;
  etag?: string | null; lastModified?: string | null;
  allowPrivate?: boolean;
  timeoutMs?: number;
  /** Addresses that count as public, for redirects from a "public" server to a private one. */
  publicAddresses?: string[];
}

export type Answer = {
  /** Bytes, as base64; null for none (404) and for what did not change. */
  base64: string | null;
  notModified?: boolean; etag?: string | null; lastModified?: string | null; maxAgeSeconds?: number | null;
} | { error: { name: string; code: string; message: string; status: number | null; retryAfterSeconds: number | null } };

async function answer(question: Question): Promise<Answer> {
  const { publicAddresses } = question;
  const gate = new OutboundGate({
    allowPrivate: question.allowPrivate ?? true, userAgent: 'Flashswarm/0-test', ...(publicAddresses && { mayAsk: (one: string) => publicAddresses.includes(one) }),
  });
  const fetcher = new PackageFetcher(gate, question.timeoutMs === undefined ? {} : { timeoutMs: question.timeoutMs });
  try {
    if (question.ask === 'package') {
      const { bytes, ...marks } = await fetcher.fetchPackage(question.url, question);
      return { base64: bytes ? Buffer.from(bytes).toString('base64') : null, ...marks };
    }
    const bytes = await (question.ask === 'statements' ? fetcher.fetchStatements(question.url) : fetcher.fetchLayerKey(question.url));
    return { base64: bytes && Buffer.from(bytes).toString('base64') };
  } catch (error) {
    const { name, code, message, status, retryAfterSeconds } = error as Error & { code: string; status: number | null; retryAfterSeconds: number | null };
    return { error: { name, code, message, status, retryAfterSeconds } };
  } finally {
    await gate.close();
  }
}

for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(await answer(JSON.parse(line) as Question)));
