// The REST face of event packages: layers, newer versions, publishers, and the making of packages.
import { z } from 'zod';
import { Creation, Layer, requests } from '../../contract/index.ts';
import type { RestRoute } from './rest-route.ts';
import { findPackage, Folder } from './rest-route.ts';

const SmallFile = z.string().min(1).max(512 * 1024);
/** What a form of another page cannot send, and no more than a key or statements take. */
const smallFileBody = (field: string) => ({ types: ['application/octet-stream'], field, maxBytes: 256 * 1024 });
const fromBase64 = (base64: string) => ({ kind: 'bytes', base64 });
const CreateBody = requests['create.start'].input.omit({ folder: true, key: true }).extend({
  folder: Folder,
  key: z.object({ file: SmallFile.describe('The secret key file in base64'), password: z.string().max(1000).nullable() }).strict(),
}).strict();

export const eventRoutes: RestRoute[] = [
  {
    method: 'GET', path: '/packages/{id}/layers', operationId: 'listLayers', summary: 'The layers of an event package, and how far each is', response: z.array(Layer),
    run: async (context, { params }) => (await findPackage(context, params.id!)).layers,
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
];
