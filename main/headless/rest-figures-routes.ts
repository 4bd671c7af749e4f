// The REST face of what is measured: figures of one package, what is kept, numbers for monitoring, and what a package takes from servers.
import { z } from 'zod';
import { requests } from '../../contract/index.ts';
import type { RestContext, RestRoute } from './rest-route.ts';
import { TextAnswer } from './rest-route.ts';

const Format = z.enum(['json', 'csv']);
const types = { json: 'application/json; charset=utf-8', csv: 'text/csv; charset=utf-8; header=present' } as const;

const fileOf = async (context: RestContext, id: string, format: 'json' | 'csv') =>
  new TextAnswer(types[format], (await context.ask('packages.exportFigures', { id, format })).text, `flashswarm-${id}-figures.${format}`);

export const figuresRoutes: RestRoute[] = [
  {
    method: 'GET', path: '/packages/{id}/figures', operationId: 'getFigures', response: requests['packages.figures'].output, textTypes: ['text/csv'],
    summary: 'What was measured of a package, over time, and what happened; also of removed packages whose report is kept. `since`: only points behind this time; `format=csv`: one line a point',
    query: z.object({ since: z.string().regex(/^\d{1,15}$/).optional(), format: Format.optional() }).strict(),
    run: async (context, { params, query }) => (query.format === 'csv' ? fileOf(context, params.id!, 'csv')
      : context.ask('packages.figures', { id: params.id, ...(query.since === undefined ? {} : { since: Number(query.since) }) })),
  },
  {
    method: 'GET', path: '/packages/{id}/figures/export', operationId: 'exportFigures', textTypes: ['application/json', 'text/csv'], summary: 'The same as a file, without anything personal',
    query: z.object({ format: Format.optional() }).strict(),
    run: (context, { params, query }) => fileOf(context, params.id!, query.format ?? 'json'),
  },
  {
    method: 'PUT', path: '/packages/{id}/server-use', operationId: 'setServerUse', summary: 'When web servers are asked: at the start and for rescue, always, never; null: as the package says',
    body: requests['packages.setServerUse'].input.omit({ id: true }).strict(),
    run: (context, { params, body }) => context.ask('packages.setServerUse', { id: params.id, ...body }),
  },
  {
    method: 'GET', path: '/figures', operationId: 'listFigures', response: requests['session.reports'].output,
    summary: 'Of which packages figures are kept, newest first; of removed ones the newest hundred',
    run: (context) => context.ask('session.reports', {}),
  },
  {
    method: 'GET', path: '/metrics', operationId: 'getMetrics', response: requests['session.metrics'].output, summary: 'The numbers of all packages, for monitoring; as Prometheus text at /metrics',
    run: (context) => context.ask('session.metrics', {}),
  },
];
