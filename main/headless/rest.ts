// Answers /api/v1: finds the route, reads a bounded body, parses strictly, asks, and gives errors the status they deserve.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Answer, ErrorCode } from '../../contract/index.ts';
import { ContractError, describeIssues, isRequestName, toFailure } from '../../contract/index.ts';
import { openApiDocument } from './openapi.ts';
import type { CompleteFile } from '../media/file-answer.ts';
import { sendFile } from './media.ts';
import type { RestContext, RestRoute } from './rest-route.ts';
import { TextAnswer } from './rest-route.ts';
import { pathParameters, restRoutes } from './rest-routes.ts';

export const statusOfError: Record<ErrorCode, number> = {
  'bad-request': 400, 'bad-link': 422, 'unknown-scheme': 422, 'not-a-torrent': 422, 'v2-only': 422, 'unsupported': 422,
  'forbidden': 403, 'private-address': 403, 'not-found': 404, 'cancelled': 409, 'already-moving': 409, 'too-large': 413,
  'internal': 500, 'not-here': 501, 'unreachable': 502, 'bad-status': 502, 'refused': 502, 'core-down': 503, 'timeout': 504,
  'no-space': 507, 'not-writable': 507,
  'not-a-package': 422, 'bad-package': 422, 'bad-signature': 422, 'bad-key': 422, 'bad-password': 422, 'key-needed': 422, 'needs-newer-client': 422, 'unreadable': 422,
  'wrong-key': 403, 'key-revoked': 403, 'rollback': 409, 'expired': 409, 'inconsistent': 409, 'not-trusted': 409, 'not-accepted': 409, 'stopped': 409,
};

/** For the content of a file: that it is not complete yet is no fault of the host, and passes. */
export const statusOfFile = (code: ErrorCode): number => (code === 'not-here' ? 409 : statusOfError[code]);

const prefix = '/api/v1';
const smallBodyBytes = 1024 * 1024;
const bigBodyBytes = 49 * 1024 * 1024;

export interface RestOptions {
  request(name: string, input: unknown): Promise<Answer<unknown>>;
  version: string;
}

interface Match { route: RestRoute; params: Record<string, string> }

export class Rest {
  readonly #o: RestOptions;
  readonly #context: RestContext;

  constructor(options: RestOptions) {
    this.#o = options;
    const ask = async (name: string, input: unknown): Promise<any> => {
      const answer = await options.request(name, input);
      if (!answer.ok) throw new ContractError(answer.error.code, answer.error.message);
      return answer.value;
    };
    this.#context = {
      ask,
      folderHandle: async (path) => (path === undefined ? undefined : (await ask('host.typeFolder', { path })).handle),
    };
  }

  /** Answers a request whose sender was checked. */
  async answer(method: string, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const result = await this.#run(method, url, request, response);
      if (!result) return; // it answered by itself
      const { status, value } = result;
      const body = value === undefined ? undefined : JSON.stringify(value);
      response.writeHead(body === undefined ? 204 : status, {
        'Cache-Control': 'no-store',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(body) }),
      });
      response.end(method === 'HEAD' ? undefined : body);
    } catch (error) {
      const { code, message } = toFailure(error);
      if (response.headersSent) throw error;
      const allowed = error instanceof MethodError ? error.allowed : null;
      const body = JSON.stringify({ error: { code, message } });
      response.writeHead(error instanceof StatusError ? error.status : statusOfError[code], {
        'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(body), 'Cache-Control': 'no-store',
        ...(allowed ? { Allow: allowed.join(', ') } : {}),
        // A body that was too big is not read to its end.
        ...(code === 'too-large' ? { Connection: 'close' } : {}),
      });
      response.end(body);
    }
  }

  async #run(method: string, url: URL, request: IncomingMessage, response: ServerResponse): Promise<{ status: number; value: unknown } | null> {
    const path = url.pathname.startsWith(`${prefix}/`) ? url.pathname.slice(prefix.length) : null;
    if (path === '/openapi.json' && (method === 'GET' || method === 'HEAD')) return { status: 200, value: openApiDocument(this.#o.version) };
    const generic = path?.match(/^\/request\/([A-Za-z.]{1,60})$/)?.[1];
    if (generic) {
      if (method !== 'POST') throw new MethodError(['POST']);
      if (!isRequestName(generic)) throw new ContractError('not-found', 'There is no such request.');
      const input = await readJson(request, bigBodyBytes);
      return { status: 200, value: (await this.#context.ask(generic, input ?? {})) ?? null };
    }
    const { route, params } = matchRoute(method, path);
    for (const [name, value] of Object.entries(params)) parse(pathParameters[name]!, value);
    const query = route.query ? parse(route.query, queryOf(url)) : {};
    let body: unknown;
    if (route.rawBody?.types.includes(mediaType(request))) {
      body = parse(route.body!, { [route.rawBody.field]: (await readBody(request, route.rawBody.maxBytes)).toString('base64') });
    } else if (route.body) {
      body = parse(route.body, await readJson(request, route.maxBodyBytes ?? smallBodyBytes));
    }
    if (route.fileContent) {
      try {
        await sendFile((await route.run(this.#context, { params, query, body })) as CompleteFile, request, response);
        return null;
      } catch (error) {
        const { code, message } = toFailure(error);
        throw new StatusError(statusOfFile(code), code, message);
      }
    }
    const value = await route.run(this.#context, { params, query, body });
    if (value instanceof TextAnswer) {
      response.writeHead(200, {
        'Content-Type': value.contentType, 'Content-Length': Buffer.byteLength(value.text), 'Content-Disposition': `attachment; filename="${value.fileName}"`, 'Cache-Control': 'no-store',
      });
      response.end(method === 'HEAD' ? undefined : value.text);
      return null;
    }
    if (!route.response) return { status: 204, value: undefined };
    const merged = route.successStatus === 201 && (value as { merged?: boolean }).merged === true;
    return { status: merged ? 200 : (route.successStatus ?? 200), value };
  }
}

/** An error whose code alone does not tell the status. */
class StatusError extends ContractError {
  readonly status: number;
  constructor(status: number, code: ErrorCode, message: string) {
    super(code, message);
    this.status = status;
  }
}

class MethodError extends StatusError {
  readonly allowed: string[];
  constructor(allowed: string[]) {
    super(405, 'bad-request', `Only ${allowed.join(', ')} can be done here.`);
    this.allowed = allowed;
  }
}

function matchRoute(asked: string, path: string | null): Match {
  const method = asked === 'HEAD' ? 'GET' : asked;
  const here = restRoutes.flatMap((route) => {
    const params = path === null ? null : matchPath(route.path, path);
    return params ? [{ route, params }] : [];
  });
  const found = here.find(({ route }) => route.method === method);
  if (found) return found;
  if (here.length > 0) throw new MethodError([...new Set(here.map(({ route }) => route.method))]);
  throw new ContractError('not-found', 'There is no such address. See /api/v1/openapi.json for those that there are.');
}

function matchPath(pattern: string, path: string): Record<string, string> | null {
  const expected = pattern.split('/');
  const given = path.split('/');
  if (expected.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [at, part] of expected.entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined) {
      if (part !== given[at]) return null;
    } else {
      try {
        params[name] = decodeURIComponent(given[at]!);
      } catch {
        return null;
      }
    }
  }
  return params;
}

/** The query without the parts that a name is given twice: an error rather than a guess. */
function queryOf(url: URL): Record<string, string> {
  const query: Record<string, string> = Object.create(null);
  for (const [name, value] of url.searchParams) {
    if (name in query) throw new ContractError('bad-request', `"${name}" is given twice.`);
    query[name] = value;
  }
  return { ...query };
}

function parse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new ContractError('bad-request', describeIssues(parsed.error));
  return parsed.data;
}

const mediaType = (request: IncomingMessage) => (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();

/** A type that a form of another page cannot send is asked for, besides the token and the origin. */
async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const bytes = await readBody(request, maxBytes);
  if (bytes.length === 0) return undefined;
  if (mediaType(request) !== 'application/json') throw new ContractError('bad-request', 'The body must be JSON, with the header Content-Type: application/json.');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new ContractError('bad-request', 'The body is not JSON.');
  }
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = () => new ContractError('too-large', `The body is larger than ${Math.floor(maxBytes / 1024 / 1024)} MiB.`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const parts: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (part: Buffer) => {
      length += part.length;
      if (length > maxBytes) {
        request.pause();
        reject(tooLarge());
      } else parts.push(part);
    });
    request.on('end', () => resolve(Buffer.concat(parts)));
    request.on('error', () => reject(new ContractError('cancelled', 'The request ended too early.')));
    request.on('close', () => reject(new ContractError('cancelled', 'The request ended too early.')));
  });
}
