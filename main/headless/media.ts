// Gives out complete files of packages over HTTP: by a ticket for the interface's player, or by name for the REST face.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import type { Answer, Output } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import type { CompleteFile } from '../media/file-answer.ts';
import { findFile, openAnswer } from '../media/file-answer.ts';
import type { PackageFile } from '../media/media-tickets.ts';
import { MediaTickets } from '../media/media-tickets.ts';

const prefix = '/media/';

export const isMediaPath = (pathname: string): boolean => pathname.startsWith(prefix);

/** Sends a file, or the part of it that was asked for; the file is closed when the client has it, or is gone. @throws {ContractError} before anything was sent */
export async function sendFile(found: CompleteFile, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, headers, content } = await openAnswer(found, {
    method: request.method ?? 'GET', range: request.headers.range, ifRange: request.headers['if-range'] as string | undefined,
  });
  if (content && response.destroyed) return content.file.close(); // it did not wait
  response.writeHead(status, headers);
  if (!content) return void response.end();
  const { file, start, end } = content;
  pipeline(file.createReadStream({ start, end, highWaterMark: 256 * 1024 }), response, (error) => {
    if (error) response.destroy(); // the length was promised: a connection that ends early says that it is not all
  });
}

export class Media {
  readonly #tickets = new MediaTickets();
  readonly #request: (name: 'packages.file', input: PackageFile) => Promise<Answer<unknown>>;

  /** @param request asks the core */
  constructor(request: (name: 'packages.file', input: PackageFile) => Promise<Answer<unknown>>) {
    this.#request = request;
  }

  /** An address of this host for a file that can be had now. @throws {ContractError} `not-found`, `not-here` */
  async url(file: PackageFile): Promise<Output<'host.mediaUrl'>> {
    const { contentType } = await findFile(this.#request, file);
    return { url: prefix + this.#tickets.issue(file), contentType };
  }

  /** Answers a request for such an address whose sender was checked. @throws {ContractError} */
  async answer(pathname: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = this.#tickets.find(pathname.slice(prefix.length));
    if (!file) throw new ContractError('not-found', 'This address is not known any more. Open the file again.');
    await sendFile(await findFile(this.#request, file), request, response);
  }
}
