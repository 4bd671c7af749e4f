// Who may talk to the headless host: the right token, from our own address, never on behalf of another web page.
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { sameSecret } from './token.ts';

/** What of a request decides; the headers as Node gives them. */
export interface Asked { method: string; headers: IncomingHttpHeaders }
export type Verdict = { ok: true } | { ok: false; status: 401 | 403 | 421; message: string };

export interface AccessOptions {
  token: string;
  /** The address that the server was told to listen on. */
  boundHost: string;
  /** Part of the cookie's name: cookies do not tell ports apart, two hosts on one machine must. */
  port: number;
}

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The name in a Host header without its port, in lower case; IPv6 keeps its brackets. Null when it is no host. */
export function hostName(header: string | undefined): string | null {
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$/.exec(header ?? '');
  return match ? match[1]!.toLowerCase() : null;
}

/** Checks Host, Origin and token of each request. */
export class Access {
  readonly cookieName: string;
  readonly #o: AccessOptions;
  readonly #bound: string;

  constructor(options: AccessOptions) {
    this.#o = options;
    this.#bound = isIP(options.boundHost) === 6 ? `[${options.boundHost.toLowerCase()}]` : options.boundHost.toLowerCase();
    this.cookieName = `flashswarm-${options.port}`;
  }

  /**
   * A page of another site whose name is made to resolve to this machine (DNS rebinding) still sends its own name. When the operator
   * opened the host to a network, numbers are accepted too: a number cannot be rebound.
   */
  isOurHost(header: string | undefined): boolean {
    const name = hostName(header);
    if (name === null) return false;
    if (loopbackNames.has(name) || name === this.#bound) return true;
    const boundToNetwork = !loopbackNames.has(this.#bound);
    return boundToNetwork && isIP(name.replace(/^\[|\]$/g, '')) !== 0;
  }

  hasToken(token: string | null | undefined): boolean {
    return typeof token === 'string' && token.length <= 1000 && sameSecret(token, this.#o.token);
  }

  /** Sets the login cookie. Strict: no other site's page can make the browser send it. */
  loginCookie(): string {
    return `${this.cookieName}=${this.#o.token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000`;
  }

  /** Whether the request may read or change anything. `upgrade` asks for a web socket, which no browser restricts by origin. */
  check({ method, headers }: Asked, upgrade = false): Verdict {
    if (!this.isOurHost(headers.host)) {
      return { ok: false, status: 421, message: 'This is not the address that Flashswarm is at. Use the one that it printed.' };
    }
    const bearer = /^Bearer ([^\s]+)$/i.exec(headers.authorization ?? '')?.[1];
    const byBearer = this.hasToken(bearer);
    const { origin } = headers;
    if (origin !== undefined && (upgrade || !safeMethods.has(method)) && origin !== `http://${headers.host}`) {
      return { ok: false, status: 403, message: 'Another web page may not do this.' };
    }
    if (byBearer) return { ok: true };
    if (!this.hasToken(this.#cookie(headers.cookie))) {
      return { ok: false, status: 401, message: 'The token is missing or wrong. Open the complete address that Flashswarm printed.' };
    }
    // A cookie is sent by the browser on its own; a browser always names the origin of what changes something.
    if (origin === undefined && (upgrade || !safeMethods.has(method))) {
      return { ok: false, status: 403, message: 'Another web page may not do this.' };
    }
    return { ok: true };
  }

  #cookie(header: string | undefined): string | undefined {
    for (const part of (header ?? '').split(';')) {
      const at = part.indexOf('=');
      if (at > 0 && part.slice(0, at).trim() === this.cookieName) return part.slice(at + 1).trim();
    }
    return undefined;
  }
}
