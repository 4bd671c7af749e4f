// The REST face of what is known of the network.
import { z } from 'zod';
import { requests } from '../../contract/index.ts';
import type { RestRoute } from './rest-route.ts';

export const connectivityRoutes: RestRoute[] = [
  {
    method: 'GET', path: '/connectivity', operationId: 'getConnectivity', summary: 'Whether others reach us, what stands in the way, and every check', response: requests['connectivity.get'].output,
    run: (context) => context.ask('connectivity.get', {}),
  },
  {
    method: 'POST', path: '/connectivity/run', operationId: 'runConnectivity', successStatus: 202, summary: 'Check the network; look at /connectivity for what comes out of it',
    run: (context) => context.ask('connectivity.run', {}),
  },
  {
    method: 'POST', path: '/connectivity/cancel', operationId: 'cancelConnectivity', summary: 'Break off one check, or all',
    body: requests['connectivity.cancel'].input,
    run: (context, { body }) => context.ask('connectivity.cancel', body),
  },
  {
    method: 'GET', path: '/connectivity/export', operationId: 'exportConnectivity', summary: 'The report without private data, to hand on',
    query: z.object({ format: z.enum(['text', 'json']).optional() }).strict(), response: requests['connectivity.export'].output,
    run: (context, { query }) => context.ask('connectivity.export', { format: query.format ?? 'text' }),
  },
];
