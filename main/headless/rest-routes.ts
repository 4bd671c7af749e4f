// The REST face as a table: each route is a request of the contract with parts of its input in the address.
import { z } from 'zod';
import type { RequestName } from '../../contract/index.ts';
import { Creation, FileEntry, FilePriority, Layer, Order, PackageId, PackageSummary, PeerEntry, requests, SettingsChange, Totals, TrackerEntry } from '../../contract/index.ts';

/** What a handler may do: ask as any client asks, and turn a typed folder into a handle. Both throw ContractError. */
export interface RestContext {
  ask(name: RequestName, input: unknown): Promise<any>;
  folderHandle(path: string | undefined): Promise<string | undefined>;
}

export interface RestCall { params: Record<string, string>; query: any; body: any }

export interface RestRoute {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below /api/v1, with `{id}` for a part. */
  path: string;
  operationId: string;
  summary: string;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Also taken as the raw bytes of a file, which go into this field in base64; the body's other fields are then in the query. */
  rawBody?: { types: string[]; field: string; maxBytes: number };
  /** Answers with the bytes of the file that `run` names, by ranges where asked; errors as everywhere. */
  fileContent?: boolean;
  /** Absent: 204 without a body. */
  response?: z.ZodType;
  successStatus?: 200 | 201 | 202 | 204;
  maxBodyBytes?: number;
  run(context: RestContext, call: RestCall): Promise<unknown>;
}

const Folder = z.string().min(1).max(4000).describe('Complete path of a folder below the download folder or one that the operator allowed');
const AddOptions = requests['packages.add'].input.omit({ previewId: true, source: true, folder: true });
const AddBody = AddOptions.extend({
  link: z.string().min(1).max(100_000).optional().describe('A magnet link, an info hash, the http(s) address of a .torrent file, the https address of an .evpack file, or a flashswarm: link'),
  torrent: z.string().max(48 * 1024 * 1024).optional().describe('A .torrent or .evpack file in base64'),
  folder: Folder.optional(),
}).strict();
const AddQuery = z.object({ folder: Folder.optional(), paused: z.enum(['true', 'false']).optional(), order: Order.optional(), trust: z.enum(['true', 'false']).optional() }).strict();
const SmallFile = z.string().min(1).max(512 * 1024);
/** What a form of another page cannot send, and no more than a key or statements take. */
const smallFileBody = (field: string) => ({ types: ['application/octet-stream'], field, maxBytes: 256 * 1024 });
const fromBase64 = (base64: string) => ({ kind: 'bytes', base64 });
const CreateBody = requests['create.start'].input.omit({ folder: true, key: true }).extend({
  folder: Folder,
  key: z.object({ file: SmallFile.describe('The secret key file in base64'), password: z.string().max(1000).nullable() }).strict(),
}).strict();
const limitsOf = requests['packages.setLimits'].input.omit({ id: true }).strict();
const filesOf = requests['packages.setFiles'].input.shape.files;

const find = async (context: RestContext, id: string) => {
  const { packages } = await context.ask('session.snapshot', {});
  const found = packages.find((p: { id: string }) => p.id === id);
  // Asked for what is not there, the core names the error.
  return found ?? context.ask('packages.detail', { id });
};

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
    run: (context, { params }) => find(context, params.id!),
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
    method: 'GET', path: '/packages/{id}/layers', operationId: 'listLayers', summary: 'The layers of an event package, and how far each is', response: z.array(Layer),
    run: async (context, { params }) => (await find(context, params.id!)).layers,
  },
  {
    method: 'PUT', path: '/packages/{id}/layers', operationId: 'setLayers', summary: 'Choose the optional layers by their ids; what they need comes along',
    body: z.object({ layers: requests['packages.setLayers'].input.shape.layers }).strict(),
    run: (context, { params, body }) => context.ask('packages.setLayers', { id: params.id, layers: body.layers }),
  },
  {
    method: 'POST', path: '/packages/{id}/check-update', operationId: 'checkUpdate', summary: 'Ask the publisher for a newer version now; what was found is in the package (event.update)',
    run: (context, { params }) => context.ask('packages.checkUpdate', { id: params.id }),
  },
  {
    method: 'POST', path: '/packages/{id}/take-update', operationId: 'takeUpdate', summary: 'Fetch the newer version that was found',
    run: (context, { params }) => context.ask('packages.takeUpdate', { id: params.id }),
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
  {
    method: 'GET', path: '/publishers', operationId: 'listPublishers', summary: 'Keys that were trusted, replaced or revoked here', response: requests['publishers.list'].output,
    run: (context) => context.ask('publishers.list', {}),
  },
  {
    method: 'POST', path: '/publishers', operationId: 'installPublisher', successStatus: 201, summary: 'Trust the key of a .pub file from now on',
    rawBody: smallFileBody('key'),
    query: z.object({ name: z.string().max(200).optional() }).strict(),
    body: z.object({ key: SmallFile.describe('A .pub file in base64'), name: z.string().max(200).optional() }).strict(),
    response: requests['publishers.install'].output,
    run: (context, { body, query }) => context.ask('publishers.install', { source: fromBase64(body.key), name: body.name ?? query.name }),
  },
  {
    method: 'POST', path: '/publishers/statements', operationId: 'applyStatements', summary: 'Apply a .keys file: successions and revocations',
    rawBody: smallFileBody('statements'),
    body: z.object({ statements: SmallFile.describe('A .keys file in base64') }).strict(), response: requests['publishers.applyStatements'].output,
    run: (context, { body }) => context.ask('publishers.applyStatements', { source: fromBase64(body.statements) }),
  },
  {
    method: 'POST', path: '/publishers/{fingerprint}/revoke', operationId: 'revokePublisher', summary: 'Refuse everything that this key signs, for good',
    run: (context, { params }) => context.ask('publishers.revoke', { fingerprint: params.fingerprint }),
  },
  {
    method: 'DELETE', path: '/publishers/{fingerprint}', operationId: 'forgetPublisher', summary: 'Ask again the next time; versions and revocations are kept',
    run: (context, { params }) => context.ask('publishers.forget', { fingerprint: params.fingerprint }),
  },
  {
    method: 'POST', path: '/create/scan', operationId: 'scanFolder', summary: 'What is in a folder that is to become a package',
    body: z.object({ folder: Folder }).strict(), response: requests['create.scan'].output,
    run: async (context, { body }) => context.ask('create.scan', { folder: await context.folderHandle(body.folder) }),
  },
  {
    method: 'POST', path: '/create/key', operationId: 'makeKey', successStatus: 201, summary: 'Make a signing key in a folder; the answer holds the secret key, which is never given out again',
    body: requests['create.newKey'].input.omit({ folder: true }).extend({ folder: Folder }).strict(), response: requests['create.newKey'].output,
    run: async (context, { body }) => context.ask('create.newKey', { ...body, folder: await context.folderHandle(body.folder) }),
  },
  {
    method: 'POST', path: '/create', operationId: 'createPackage', successStatus: 202, summary: 'Make and sign an event package from a folder; times in ms since 1970',
    body: CreateBody, response: Creation, maxBodyBytes: 2 * 1024 * 1024,
    run: async (context, { body: { folder, key, ...rest } }) => context.ask('create.start', {
      ...rest, folder: await context.folderHandle(folder), key: { source: fromBase64(key?.file), password: key?.password },
    }),
  },
  {
    method: 'GET', path: '/create/{creationId}', operationId: 'getCreation', summary: 'How far the making is, and what was written', response: Creation,
    run: (context, { params }) => context.ask('create.get', { creationId: params.creationId }),
  },
  {
    method: 'DELETE', path: '/create/{creationId}', operationId: 'cancelCreation', summary: 'Stop the making',
    run: (context, { params }) => context.ask('create.cancel', { creationId: params.creationId }),
  },
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
