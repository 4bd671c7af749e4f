// The OpenAPI 3.1 description of the REST face, made from its table and the schemas of the contract.
import { z } from 'zod';
import * as domain from '../../contract/domain.ts';
import { Failure, Metrics, PackageFigures, requestNames, requests } from '../../contract/index.ts';
import type { RestRoute } from './rest-route.ts';
import { pathParameters, restRoutes } from './rest-routes.ts';

type Json = Record<string, unknown>;

/** Schemas that appear by name. */
const named: Record<string, z.ZodType> = {
  PackageSummary: domain.PackageSummary, PackageDetail: domain.PackageDetail, FileEntry: domain.FileEntry, TrackerEntry: domain.TrackerEntry,
  PeerEntry: domain.PeerEntry, PackageFigures, Metrics, Layer: domain.Layer, PublisherEntry: domain.PublisherEntry, Creation: domain.Creation, Settings: domain.Settings, Totals: domain.Totals, Snapshot: domain.Snapshot, Failure,
};

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  for (const [name, known] of Object.entries(named)) {
    if (io !== 'output') break;
    if (schema === known) return { $ref: `#/components/schemas/${name}` };
    if (schema instanceof z.ZodArray && schema.element === known) return { type: 'array', items: { $ref: `#/components/schemas/${name}` } };
  }
  return plain(schema, io);
}

function plain(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return rest;
}

const errorAnswer = { description: 'What went wrong', content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } };

const bytes = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };
const contentAnswers = {
  200: { description: 'The whole file, under its type where that is sound or film', content: bytes },
  206: { description: 'The range that was asked for', content: bytes },
  416: { description: 'The range begins behind the end of the file' },
};

function operation(route: RestRoute): Json {
  const parameters: Json[] = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => (
    { name, in: 'path', required: true, schema: plain(pathParameters[name!]!, 'input') }
  ));
  for (const [name, schema] of Object.entries(route.query?.shape ?? {})) {
    parameters.push({ name, in: 'query', required: !(schema as z.ZodType).safeParse(undefined).success, schema: plain(schema as z.ZodType, 'input') });
  }
  const success = String(route.response || route.textTypes ? (route.successStatus ?? 200) : 204);
  const texts = Object.fromEntries((route.textTypes ?? []).map((type) => [type, { schema: { type: 'string' } }]));
  const answered = route.response || route.textTypes
    ? { description: 'Done', content: { ...texts, ...(route.response ? { 'application/json': { schema: toSchema(route.response, 'output') } } : {}) } }
    : { description: 'Done' };
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body ? {
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: toSchema(route.body, 'input') },
          ...Object.fromEntries((route.rawBody?.types ?? []).map((type) => [type, { schema: { type: 'string', format: 'binary' } }])),
        },
      },
    } : {}),
    responses: {
      ...(route.fileContent ? contentAnswers : { [success]: answered }),
      ...(route.operationId === 'addPackage' ? { 200: { ...answered, description: 'It was here already; the new trackers were added' } } : {}),
      default: errorAnswer,
    },
  };
}

/** The whole description. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of restRoutes) {
    paths[route.path] ??= {};
    paths[route.path]![route.method.toLowerCase()] = operation(route);
  }
  for (const name of requestNames) {
    if (name === 'packages.watch') continue; // for windows alone: it starts events
    paths[`/request/${name}`] = {
      post: {
        operationId: `request.${name}`,
        summary: requests[name].summary,
        requestBody: { required: false, content: { 'application/json': { schema: toSchema(requests[name].input, 'input') } } },
        responses: { 200: { description: 'Done', content: { 'application/json': { schema: outputSchema(name) } } }, default: errorAnswer },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Flashswarm control interface',
      version,
      description: 'Controls one running Flashswarm. See docs/control-interface.md. Paths below /request are the requests of the interface itself, one to one.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/api/v1' }],
    security: [{ bearer: [] }, { cookie: [] }],
    paths,
    components: {
      schemas: {
        ...Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, plain(schema, 'output')])),
        Error: { type: 'object', properties: { error: { $ref: '#/components/schemas/Failure' } }, required: ['error'], additionalProperties: false },
      },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'flashswarm-PORT' },
      },
    },
  };
}

function outputSchema(name: (typeof requestNames)[number]): Json {
  const { output } = requests[name];
  return (output as z.ZodType) instanceof z.ZodVoid ? { type: 'null' } : toSchema(output, 'output');
}

/** The description as it is committed in docs/openapi.json. */
export const openApiText = (version: string): string => `${JSON.stringify(openApiDocument(version), null, 2)}\n`;
