// Answers the contract's host requests where there is no desktop: no dialogs, folders by their path, links from the command line.
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Handlers, HostRequestName, Output } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import { allowedFolder } from './allowed-folders.ts';

type Pending = Output<'host.takePending'>;

export interface HostRequestOptions {
  version: string;
  /** Folders which may be named from an interface, with everything below. */
  roots: string[];
  canTrash: boolean;
  grant(path: string): string;
  pending: Pending;
  /** An address of this host for a complete file. */
  mediaUrl: Handlers<HostRequestName>['host.mediaUrl'];
}

const notHere = () => {
  throw new ContractError('not-here', 'This cannot be done here: there is no desktop.');
};

/** The operator brings newer versions, as with every service. */
const noUpdates: Output<'host.update'> = { state: 'off', version: null, progress: null, message: null, installs: false, checkedAt: null };

export function hostHandlers(o: HostRequestOptions): Handlers<HostRequestName> {
  const pending = [...o.pending];
  return {
    'host.info': () => ({
      kind: 'headless',
      version: o.version,
      platform: process.platform,
      can: { pickFolder: false, pickTorrent: false, openFolder: false, typeFolder: true, trash: o.canTrash, playFile: false, openFile: false, openRouterPage: false, openSignInPage: false, saveReport: false, integrate: false },
      pending: [...pending],
    }),
    'host.lastKnown': () => null, // its page stays open for long, and the engine is there before it
    'host.takePending': () => pending.splice(0),
    'host.typeFolder': async ({ path }) => {
      const folder = await allowedFolder(path, o.roots);
      return { handle: o.grant(folder), path: folder };
    },
    'host.pickFolder': notHere,
    'host.pickTorrent': notHere,
    'host.openFolder': notHere,
    'host.openRouterPage': notHere,
    'host.openSignInPage': notHere,
    'host.saveReport': notHere,
    'host.integration': notHere,
    'host.setIntegration': notHere,
    'host.pickFile': notHere,
    'host.playFile': notHere,
    'host.openFile': notHere,
    'host.update': () => noUpdates,
    'host.checkProgramUpdate': notHere,
    'host.installProgramUpdate': notHere,
    'host.mediaUrl': (file) => o.mediaUrl(file),
  };
}

/** What the command line named, as something to open: a file that is there by a handle, anything else as a link. */
export async function pendingFrom(named: string[], grant: (path: string) => string): Promise<Pending> {
  const found: Pending = [];
  for (const text of named) {
    const path = resolve(text);
    const isFile = !/^[a-z][a-z0-9+.-]+:/i.test(text) && (await stat(path).then((info) => info.isFile(), () => false));
    found.push(isFile
      ? { source: { kind: 'handle', handle: grant(path) }, label: basename(path) }
      : { source: { kind: 'link', link: text.slice(0, 100_000) }, label: text.slice(0, 500) });
  }
  return found;
}
