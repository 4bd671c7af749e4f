// What a page of ours may do, as data: its origin, its content security policy, and what its scheme is allowed.

export const appOrigin = 'app://flashswarm';

/** Whether an address is one of our own pages or files. */
export const isOurAddress = (address: string): boolean => address === appOrigin || address.startsWith(`${appOrigin}/`);

/** No inline script or style, no plugin, no frame, nobody else's server; text never becomes markup or script (trusted types). */
export const contentSecurityPolicy = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'", "connect-src 'self'", "media-src 'self'",
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
].join('; ');

/** Sent with everything below our origin. */
export const pageHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

/** A secure origin of its own with `fetch` and streamed bodies; neither past the policy nor with service workers. */
export const schemePrivileges = { standard: true, secure: true, supportFetchAPI: true, stream: true };
