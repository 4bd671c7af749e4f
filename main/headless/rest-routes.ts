// The REST face as a table: each route is a request of the contract with parts of its input in the address.
import { z } from 'zod';
import type { RequestName } from '../../contract/index.ts';
import { FileEntry, FilePriority, Order, PackageId, PackageSummary, PeerEntry, requests, SettingsChange, Totals, TrackerEntry } from '../../contract/index.ts';
import { connectivityRoutes } from './rest-connectivity-routes.ts';
import { eventRoutes } from './rest-event-routes.ts';
import { figuresRoutes } from './rest-figures-routes.ts';
import type { RestRoute } from './rest-route.ts';
import { findPackage, Folder } from './rest-route.ts';

const AddOptions = requests['packages.add'].input.omit({ previewId: true, source: true, folder: true });
const AddBody = AddOptions.extend({
  link: z.string().min(1).max(100_000).optional().describe('A magnet link, an info hash, the http(s) address of a .torrent file, the https address of an .evpack file, or a flashswarm: link'),
  torrent: z.string().max(48 * 1024 * 1024).optional().describe('A .torrent or .evpack file in base64'),
  folder: Folder.optional(),
}).strict();
const AddQuery = z.object({ folder: Folder.optional(), paused: z.enum(['true', 'false']).optional(), order: Order.optional(), trust: z.enum(['true', 'false']).optional() }).strict();
const limitsOf = requests['packages.setLimits'].input.omit({ id: true }).strict();
const filesOf = requests['packages.setFiles'].input.shape.files;

/** A command on one package without further input. */
const command = (verb: string, name: RequestName, summary: string): RestRoute => ({
  method: 'POST', path: `/packages/{id}/${verb}`, operationId: `${verb}Package`, summary,
  run: (context, { params }) => context.ask(name, { ids: [params.id] }),
});

export const restRoutes: RestRoute[] = [
  {
    method: 'GET', path: '/packages', operationId: 'listPackages', summary: 'All packages', response: z.array(PackageSummary),
    run: async (context) => (await context.ask('session.snapshot', {})).packages,
  },
  {
    method: 'POST', path: '/packages', operationId: 'addPackage', successStatus: 201, maxBodyBytes: 49 * 1024 * 1024,
    rawBody: { types: ['application/x-bittorrent', 'application/x-flashswarm-evpack', 'application/octet-stream'], field: 'torrent', maxBytes: 32 * 1024 * 1024 },
    summary: 'Add by link, torrent or event package; a package already here gets the new trackers (`merged`, status 200)',
    query: AddQuery, body: AddBody, response: requests['packages.add'].output,
    run: async (context, { body, query }) => {
      const { link, torrent, folder, ...rest } = body;
      const source = link !== undefined ? { kind: 'link', link } : torrent !== undefined ? { kind: 'bytes', base64: torrent } : undefined;
      return context.ask('packages.add', {
        ...rest,
        ...(query.paused === undefined ? {} : { paused: query.paused === 'true' }),
        ...(query.order === undefined ? {} : { order: query.order }),
        ...(query.trust === undefined ? {} : { trust: query.trust === 'true' }),
        ...(source ? { source } : {}),
        folder: await context.folderHandle(folder ?? query.folder),
      });
    },
  },
  {
    method: 'GET', path: '/packages/{id}', operationId: 'getPackage', summary: 'One package', response: PackageSummary,
    run: (context, { params }) => findPackage(context, params.id!),
  },
  {
    method: 'DELETE', path: '/packages/{id}', operationId: 'removePackage',
    summary: 'Remove; `data=trash` also moves its files to the trash, `data=keep` (the default) leaves them',
    query: z.object({ data: z.enum(['keep', 'trash']).default('keep') }).strict(),
    run: (context, { params, query }) => context.ask('packages.remove', { ids: [params.id], data: query.data }),
  },
  command('pause', 'packages.pause', 'Pause: no traffic, nothing incoming'),
  command('resume', 'packages.resume', 'Go on'),
  command('recheck', 'packages.recheck', 'Compare the files on disk with the hashes'),
  command('announce', 'packages.announce', 'Ask the trackers again'),
  {
    method: 'POST', path: '/packages/{id}/move', operationId: 'movePackage', summary: 'Move the files to another folder',
    body: z.object({ folder: Folder }).strict(),
    run: async (context, { params, body }) => context.ask('packages.move', { id: params.id, folder: await context.folderHandle(body.folder) }),
  },
  {
    method: 'GET', path: '/packages/{id}/detail', operationId: 'getPackageDetail', summary: 'Files, trackers, people and pieces',
    response: requests['packages.detail'].output,
    run: (context, { params }) => context.ask('packages.detail', { id: params.id }),
  },
  {
    method: 'GET', path: '/packages/{id}/files', operationId: 'listFiles', summary: 'Files with priority and progress', response: z.array(FileEntry),
    run: async (context, { params }) => (await context.ask('packages.detail', { id: params.id })).files,
  },
  {
    method: 'PATCH', path: '/packages/{id}/files', operationId: 'setFiles', summary: 'Choose files and their priority; files not named keep theirs',
    body: filesOf, maxBodyBytes: 8 * 1024 * 1024,
    run: (context, { params, body }) => context.ask('packages.setFiles', { id: params.id, files: body }),
  },
  {
    method: 'PUT', path: '/packages/{id}/files/{index}', operationId: 'setFilePriority', summary: 'Priority of one file',
    body: z.object({ priority: FilePriority }).strict(),
    run: (context, { params, body }) => context.ask('packages.setFiles', { id: params.id, files: [{ index: Number(params.index), priority: body.priority }] }),
  },
  {
    method: 'GET', path: '/packages/{id}/files/{index}/content', operationId: 'getFileContent', fileContent: true,
    summary: 'The bytes of a complete, verified file; one range at a time (206, 416), If-Range; 409 while it is not complete',
    run: (context, { params }) => context.ask('packages.file', { id: params.id, index: Number(params.index) }),
  },
  {
    method: 'GET', path: '/packages/{id}/trackers', operationId: 'listTrackers', summary: 'Trackers with their last answer', response: z.array(TrackerEntry),
    run: async (context, { params }) => (await context.ask('packages.detail', { id: params.id })).trackers,
  },
  {
    method: 'POST', path: '/packages/{id}/trackers', operationId: 'addTrackers', summary: 'Add trackers',
    body: requests['packages.addTrackers'].input.omit({ id: true }).strict(),
    run: (context, { params, body }) => context.ask('packages.addTrackers', { id: params.id, ...body }),
  },
  {
    method: 'DELETE', path: '/packages/{id}/trackers', operationId: 'removeTracker', summary: 'Remove a tracker',
    query: z.object({ url: z.string().min(1).max(2000) }).strict(),
    run: (context, { params, query }) => context.ask('packages.removeTracker', { id: params.id, url: query.url }),
  },
  {
    method: 'GET', path: '/packages/{id}/peers', operationId: 'listPeers', summary: 'People and servers it is connected to', response: z.array(PeerEntry),
    run: async (context, { params }) => (await context.ask('packages.detail', { id: params.id })).peers,
  },
  {
    method: 'POST', path: '/packages/{id}/peers', operationId: 'addPeers', summary: 'Connect to host:port',
    body: requests['packages.addPeers'].input.omit({ id: true }).strict(),
    run: (context, { params, body }) => context.ask('packages.addPeers', { id: params.id, ...body }),
  },
  {
    method: 'PATCH', path: '/packages/{id}/limits', operationId: 'setLimits', summary: 'Limits in bytes per second and upload slots; null: none of its own',
    body: limitsOf,
    run: (context, { params, body }) => context.ask('packages.setLimits', { id: params.id, ...body }),
  },
  {
    method: 'PUT', path: '/packages/{id}/order', operationId: 'setOrder', summary: 'Rarest first or in order', body: z.object({ order: Order }).strict(),
    run: (context, { params, body }) => context.ask('packages.setOrder', { id: params.id, order: body.order }),
  },
  {
    method: 'PUT', path: '/packages/{id}/queue-position', operationId: 'setQueuePosition', summary: 'Place in the queue, from 0',
    body: requests['packages.setQueuePosition'].input.omit({ id: true }).strict(),
    run: (context, { params, body }) => context.ask('packages.setQueuePosition', { id: params.id, ...body }),
  },
  {
    method: 'PUT', path: '/packages/{id}/seeding-goal', operationId: 'setSeedingGoal', summary: 'When sharing ends; null: as the settings say',
    body: requests['packages.setSeedingGoal'].input.omit({ id: true }).strict(),
    run: (context, { params, body }) => context.ask('packages.setSeedingGoal', { id: params.id, ...body }),
  },
  ...figuresRoutes,
  ...eventRoutes,
  ...connectivityRoutes,
  {
    method: 'GET', path: '/settings', operationId: 'getSettings', summary: 'The settings', response: requests['settings.get'].output,
    run: (context) => context.ask('settings.get', {}),
  },
  {
    method: 'PATCH', path: '/settings', operationId: 'updateSettings', summary: 'Change settings: limits, turtle, queue, slots, seeding goal, ports',
    body: SettingsChange.extend({ downloadFolder: Folder.optional() }).strict(), response: requests['settings.update'].output,
    run: async (context, { body: { downloadFolder, ...change } }) =>
      context.ask('settings.update', { ...change, downloadFolder: await context.folderHandle(downloadFolder) }),
  },
  {
    method: 'PUT', path: '/conditions', operationId: 'setConditions', summary: 'Whether the line is paid by volume and the machine runs on battery; the settings say what follows',
    body: requests['session.setConditions'].input, run: (context, { body }) => context.ask('session.setConditions', body),
  },
  {
    method: 'GET', path: '/stats', operationId: 'getStats', summary: 'Speeds, bytes by where they came from, connections, free space', response: Totals,
    run: async (context) => (await context.ask('session.snapshot', {})).totals,
  },
  {
    method: 'GET', path: '/snapshot', operationId: 'getSnapshot', summary: 'Everything at once', response: requests['session.snapshot'].output,
    run: (context) => context.ask('session.snapshot', {}),
  },
  {
    method: 'GET', path: '/host', operationId: 'getHost', summary: 'Which host this is, its version and what it can do', response: requests['host.info'].output,
    run: (context) => context.ask('host.info', {}),
  },
];

/** Path parameters, checked before anything is asked. */
export const pathParameters: Record<string, z.ZodType<string>> = {
  id: PackageId,
  index: z.string().regex(/^\d{1,6}$/),
  fingerprint: requests['publishers.forget'].input.shape.fingerprint,
  creationId: z.string().min(1).max(100),
};
