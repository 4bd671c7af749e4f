// Routes a request by name to its handler, with strict parsing on the way in: the same at every boundary.
import type * as z from 'zod';
import { ContractError, toFailure } from './errors.ts';
import type { Answer, Handlers, RequestName } from './table.ts';
import { isRequestName, requests } from './table.ts';

/** One plain sentence for what was wrong with an input. */
export function describeIssues(error: z.ZodError): string {
  const issue = error.issues[0];
  const place = issue?.path.length ? ` (${issue.path.join('.')})` : '';
  return `This request is not understood${place}: ${issue?.message ?? 'unknown shape'}.`;
}

/** Parses the input of a request. @throws {ContractError} `bad-request` with the place that was wrong. */
export function parseInput(name: RequestName, input: unknown): unknown {
  const parsed = requests[name].input.safeParse(input ?? {});
  if (!parsed.success) throw new ContractError('bad-request', describeIssues(parsed.error));
  return parsed.data;
}

/**
 * Answers one request of hostile origin. Never throws: every outcome is an `Answer`.
 * @param handlers the requests that this side answers; any other name is `not-here`
 */
export async function route<N extends RequestName>(handlers: Handlers<N>, name: unknown, input: unknown): Promise<Answer<unknown>> {
  try {
    if (!isRequestName(name)) throw new ContractError('bad-request', 'There is no such request.');
    if (!Object.hasOwn(handlers, name)) throw new ContractError('not-here', 'This cannot be done here.');
    const handler = handlers[name as N] as (input: unknown) => unknown;
    return { ok: true, value: await handler(parseInput(name, input)) };
  } catch (error) {
    return { ok: false, error: toFailure(error) };
  }
}
