// The description of the REST face, and that it is the one in docs/.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ErrorCode, requestNames, requests } from '../../../contract/index.ts';
import { openApiDocument, openApiText } from '../../../main/headless/openapi.ts';
import { statusOfError } from '../../../main/headless/rest.ts';
import { restRoutes } from '../../../main/headless/rest-routes.ts';
import { productVersion } from '../../../main/headless/version.ts';

type Operation = { operationId: string; parameters?: { name: string; in: string }[]; responses: Record<string, unknown> };
const document = openApiDocument('1') as { openapi: string; paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, unknown> } };

describe('docs/openapi.json', () => {
  it('is current (write it anew with: node main/headless/write-openapi.ts)', () => {
    expect(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8')).toBe(openApiText(productVersion()));
  });

  it('has every route and every request, each with a name of its own', () => {
    const ids = Object.values(document.paths).flatMap((path) => Object.values(path).map((operation) => operation.operationId));
    expect(new Set(ids).size).toBe(ids.length);
    for (const route of restRoutes) expect(document.paths[route.path]?.[route.method.toLowerCase()]?.operationId).toBe(route.operationId);
    for (const name of requestNames.filter((other) => other !== 'packages.watch')) expect(document.paths[`/request/${name}`]).toBeDefined();
  });

  it('refers to nothing that is not there, and names each part of each path', () => {
    for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)) expect(document.components.schemas).toHaveProperty(name!);
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [, part] of path.matchAll(/\{(\w+)\}/g)) {
        for (const operation of Object.values(operations)) expect(operation.parameters?.some(({ name, in: place }) => name === part && place === 'path')).toBe(true);
      }
    }
  });
});

describe('the REST face', () => {
  it('has a status for every error', () => {
    for (const code of ErrorCode.options) expect(statusOfError[code]).toBeGreaterThanOrEqual(400);
  });

  it('reaches every request of the core that automation needs', async () => {
    const asked = new Set<string>();
    const ask = async (name: string) => {
      asked.add(name);
      return { packages: [], totals: {}, files: [], trackers: [], peers: [], handle: 'h' };
    };
    for (const route of restRoutes) {
      await route.run({ ask, folderHandle: async () => 'h' }, { params: { id: 'x', index: '0' }, query: {}, body: {} });
    }
    const windowsOnly = ['updates.verify', 'packages.watch', 'previews.open', 'previews.get', 'previews.close'];
    for (const name of requestNames.filter((other) => requests[other].by === 'core' && !windowsOnly.includes(other))) expect(asked).toContain(name);
  });
});
