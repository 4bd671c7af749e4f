// Nothing but a well-formed, known request reaches a handler, and every outcome is an answer.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ContractError, requests, route } from '../../../contract/index.ts';
import type { Handlers } from '../../../contract/index.ts';

const handlers = {
  'packages.pause': ({ ids }) => {
    if (ids[0] === 'gone') throw new ContractError('not-found', 'Not here any more.');
    if (ids[0] === 'bug') throw new TypeError('x is undefined\n    at secret.ts');
  },
} as Handlers<'packages.pause'>;

describe('router', () => {
  it('answers a good request', async () => {
    expect(await route(handlers, 'packages.pause', { ids: ['a'] })).toEqual({ ok: true, value: undefined });
  });
  it.each([
    ['packages.pause', { ids: [] }, 'bad-request'],
    ['packages.pause', { ids: ['../../etc'] }, 'bad-request'],
    ['packages.pause', { ids: ['a'], more: 1 }, 'bad-request'],
    ['packages.pause', null, 'bad-request'],
    ['packages.nothing', {}, 'bad-request'],
    ['__proto__', {}, 'bad-request'],
    [42, {}, 'bad-request'],
    ['packages.resume', { ids: ['a'] }, 'not-here'],
    ['packages.pause', { ids: ['gone'] }, 'not-found'],
    ['packages.pause', { ids: ['bug'] }, 'internal'],
  ])('%s %o is %s', async (name, input, code) => {
    const answer = await route(handlers, name, input);
    expect(answer).toMatchObject({ ok: false, error: { code } });
    if (!answer.ok) expect(answer.error.message).not.toContain('secret.ts');
  });
  it('has a summary and a JSON schema for every input, for the documents', () => {
    for (const [name, spec] of Object.entries(requests)) {
      expect(spec.summary, name).toMatch(/\w/);
      expect(() => z.toJSONSchema(spec.input, { io: 'input' }), name).not.toThrow();
    }
  });
});
