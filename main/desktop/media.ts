// Gives the window's player complete files of packages, under app://flashswarm/media/, and others to the system's player.
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { shell } from 'electron';
import type { Output } from '../../contract/index.ts';
import { ContractError, toFailure } from '../../contract/index.ts';
import type { CoreSupervisor } from '../core/supervisor.ts';
import { findFile, isPlayable, openAnswer } from '../media/file-answer.ts';
import { fileBody } from '../media/file-body.ts';
import type { PackageFile } from '../media/media-tickets.ts';
import { MediaTickets } from '../media/media-tickets.ts';

export class DesktopMedia {
  readonly #core: CoreSupervisor;
  readonly #tickets = new MediaTickets();

  constructor(core: CoreSupervisor) {
    this.#core = core;
  }

  /** @param origin of the page that is to play it @throws {ContractError} `not-found`, `not-here` */
  async url(file: PackageFile, origin: string): Promise<Output<'host.mediaUrl'>> {
    const { contentType } = await this.#find(file);
    return { url: `${origin}/media/${this.#tickets.issue(file)}`, contentType };
  }

  /** Answers a request of the page for what follows /media/ in such an address. */
  async answer(ticket: string, request: Request): Promise<Response> {
    try {
      const file = this.#tickets.find(ticket);
      if (!file) throw new ContractError('not-found', 'This address is not known any more.');
      const { status, headers, content } = await openAnswer(await this.#find(file), {
        method: request.method, range: request.headers.get('range'), ifRange: request.headers.get('if-range'),
      });
      return new Response(content && (fileBody(content) as unknown as ConstructorParameters<typeof Response>[0]), { status, headers });
    } catch (error) {
      return new Response(toFailure(error).message, { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' } });
    }
  }

  /** Opens sound or film in the system's player; to open anything else could be to run it. @throws {ContractError} */
  async play(file: PackageFile): Promise<void> {
    const found = await this.#find(file);
    const real = await realpath(found.path).catch(() => {
      throw new ContractError('not-found', `"${path.basename(found.path)}" is not on the disk any more.`);
    });
    // The type comes from the name; what a link leads to may have another.
    if (!isPlayable(found.contentType) || path.extname(real).toLowerCase() !== path.extname(found.path).toLowerCase()) {
      throw new ContractError('forbidden', `"${path.basename(found.path)}" is neither sound nor film, so it is not opened from here. Show its folder instead.`);
    }
    const problem = await shell.openPath(real);
    if (problem) throw new ContractError('internal', `The system could not open it: ${problem}`);
  }

  #find(file: PackageFile): ReturnType<typeof findFile> {
    return findFile((name, input) => this.#core.request(name, input), file);
  }
}
