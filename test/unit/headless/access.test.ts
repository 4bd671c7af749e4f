// Who may talk to the headless host.
import { describe, expect, it } from 'vitest';
import { Access, hostName } from '../../../main/headless/access.ts';

const token = 'k'.repeat(43);
const access = new Access({ token, boundHost: '127.0.0.1', port: 7390 });
const bearer = { authorization: `Bearer ${token}` };
const cookie = { cookie: `other=1; flashswarm-7390=${token}` };
const host = { host: '127.0.0.1:7390' };
const origin = { origin: 'http://127.0.0.1:7390' };
const check = (method: string, headers: Record<string, string>, upgrade = false) => {
  const verdict = access.check({ method, headers }, upgrade);
  return verdict.ok ? 'ok' : verdict.status;
};

describe('host names', () => {
  it.each([
    ['127.0.0.1:7390', '127.0.0.1'], ['LOCALHOST', 'localhost'], ['[::1]:80', '[::1]'], ['evil.example:7390', 'evil.example'],
    ['a b', null], ['', null], [undefined, null], ['127.0.0.1:7390@evil.example', null], ['localhost:123456', null],
  ])('reads %s as %s', (header, name) => expect(hostName(header)).toBe(name));
});

describe('access', () => {
  it('lets in the cookie and the bearer token', () => {
    expect(check('GET', { ...host, ...cookie })).toBe('ok');
    expect(check('GET', { ...host, ...bearer })).toBe('ok');
    expect(check('POST', { ...host, ...bearer })).toBe('ok');
  });

  it('lets in nobody without the right token', () => {
    expect(check('GET', host)).toBe(401);
    expect(check('GET', { ...host, authorization: `Bearer ${token.slice(1)}` })).toBe(401);
    expect(check('GET', { ...host, authorization: `Basic ${token}` })).toBe(401);
    expect(check('GET', { ...host, cookie: `flashswarm-7390=${token}x` })).toBe(401);
    expect(check('GET', { ...host, cookie: `flashswarm-7391=${token}` })).toBe(401);
    expect(check('GET', { ...host, cookie: 'flashswarm-7390=' })).toBe(401);
  });

  it('refuses a foreign Host even with the token (DNS rebinding)', () => {
    for (const name of ['evil.example', 'evil.example:7390', '127.0.0.1.evil.example', '192.0.2.1', '']) {
      expect(check('GET', { ...cookie, host: name })).toBe(421);
      expect(check('GET', { ...bearer, host: name })).toBe(421);
    }
    expect(check('GET', { ...bearer })).toBe(421);
  });

  it('refuses what another web page asks to be changed', () => {
    for (const foreign of ['http://evil.example', 'https://127.0.0.1:7390', 'http://127.0.0.1:80', 'http://localhost:7390', 'null', '']) {
      expect(check('POST', { ...host, ...cookie, origin: foreign })).toBe(403);
      expect(check('DELETE', { ...host, ...bearer, origin: foreign })).toBe(403);
      expect(check('GET', { ...host, ...cookie, origin: foreign }, true)).toBe(403);
      expect(check('GET', { ...host, ...bearer, origin: foreign }, true)).toBe(403);
    }
    expect(check('POST', { ...host, ...cookie, ...origin })).toBe('ok');
    expect(check('GET', { ...host, ...cookie, ...origin }, true)).toBe('ok');
  });

  it('wants an origin from a cookie, not from a bearer token', () => {
    expect(check('POST', { ...host, ...cookie })).toBe(403);
    expect(check('GET', { ...host, ...cookie }, true)).toBe(403);
    expect(check('GET', { ...host, ...bearer }, true)).toBe('ok');
  });

  it('accepts numbers but no names when the operator opened it to a network', () => {
    const open = new Access({ token, boundHost: '0.0.0.0', port: 1 });
    expect(open.isOurHost('192.0.2.4:1')).toBe(true);
    expect(open.isOurHost('[2001:db8::1]:1')).toBe(true);
    expect(open.isOurHost('localhost:1')).toBe(true);
    expect(open.isOurHost('evil.example:1')).toBe(false);
    expect(new Access({ token, boundHost: 'box.example', port: 1 }).isOurHost('box.example:1')).toBe(true);
  });

  it('keeps the login out of reach of scripts and of other sites', () => {
    expect(access.loginCookie()).toBe(`flashswarm-7390=${token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000`);
  });
});
