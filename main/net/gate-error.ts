// What can go wrong with a web request, as a code for programs and a sentence for people.

export type GateErrorCode =
  | 'unreachable' | 'untrusted' | 'private-address' | 'too-large' | 'timeout' | 'bad-status' | 'bad-scheme' | 'bad-redirect' | 'bad-range' | 'cancelled';

export class GateError extends Error {
  readonly code: GateErrorCode;
  /** The server's status code where there was an answer. */
  readonly status: number | null;
  /** Seconds that the server asks to wait (Retry-After), where it does. */
  readonly retryAfterSeconds: number | null;

  constructor(code: GateErrorCode, message: string, more: { status?: number; retryAfterSeconds?: number | null; cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.name = 'GateError';
    this.code = code;
    this.status = more.status ?? null;
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
  }
}

const UNREACHABLE: Record<string, string> = {
  ENOTFOUND: 'There is no server of this name. Check the address and your connection.',
  EAI_AGAIN: 'The name of the server cannot be looked up at the moment. Check your connection.',
  ECONNREFUSED: 'The server does not answer at this address.',
  ECONNRESET: 'The server broke off the connection.',
  EHOSTUNREACH: 'The server cannot be reached from here.',
  ENETUNREACH: 'The server cannot be reached from here. Check your connection.',
  UND_ERR_SOCKET: 'The server broke off the connection.',
};

/** Translates whatever a request throws. */
export function toGateError(error: unknown, host: string, signal: AbortSignal | undefined): GateError {
  if (error instanceof GateError) return error;
  const chain: { code?: unknown; name?: unknown; message?: unknown }[] = [];
  for (let one: unknown = error; one instanceof Error && chain.length < 5; one = one.cause) {
    if (one.cause instanceof GateError) return one.cause;
    chain.push(one);
    if (one instanceof AggregateError) chain.push(...(one.errors as Error[]));
  }
  if (signal?.aborted) return new GateError('cancelled', 'The request was stopped.', { cause: error });
  const codes = chain.flatMap(one => [String(one.code ?? ''), String(one.name ?? '')]);
  if (codes.some(code => /TIMEOUT|TimeoutError|ETIMEDOUT|AbortError/.test(code))) {
    return new GateError('timeout', `${host} took too long to answer.`, { cause: error });
  }
  if (codes.some(code => /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code))) {
    return new GateError('untrusted', `The secure connection to ${host} cannot be trusted: its certificate is not valid.`, { cause: error });
  }
  const known = codes.find(code => code in UNREACHABLE);
  const sentence = (known && UNREACHABLE[known]) ?? 'The request failed.';
  return new GateError('unreachable', `${host}: ${sentence}`, { cause: error });
}
