import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { GuardOptions } from './parts.js';
import { Refusal } from './refusal.js';

/* Who may ask what: names of the host, other sites, the token, and which user a browser is. */

export interface StudioEnv {
  Variables: { user: string };
}

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Sent with everything: the page loads what the server has and nothing else, and nobody frames it. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self' blob:",
  "worker-src 'self' blob:",
  "frame-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Of a report, which has its script, style and pictures inside: it runs as a stranger to the studio, and loads nothing. */
export const reportPolicy = [
  'sandbox allow-scripts',
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

export function securityHeaders(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const usual: Record<string, string> = {
      'Content-Security-Policy': pagePolicy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      // lets the page's WebAssembly use several threads
      'Cross-Origin-Embedder-Policy': 'require-corp',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Cache-Control': 'no-store',
    };
    for (const [name, value] of Object.entries(usual)) if (!c.res.headers.has(name)) c.header(name, value);
  };
}

/** Keeps out what other sites make a browser ask, and names that are none of the server's. @throws Refusal 403, 421 */
export function sameSiteOnly({ hosts }: GuardOptions): MiddlewareHandler {
  return async (c, next) => {
    const { host, hostname } = new URL(c.req.url);
    if (hosts !== undefined && !hosts.includes(hostname))
      throw new Refusal(421, 'The studio does not go by that name.', `Open it as ${hosts[0]}, or start it with --host.`);
    const site = c.req.header('Sec-Fetch-Site');
    const foreign = site !== undefined && site !== 'same-origin' && site !== 'none';
    const origin = c.req.header('Origin');
    const elsewhere = origin !== undefined && !isHost(origin, host);
    const api = c.req.path.startsWith('/api/');
    // a link from elsewhere may lead to the page, which holds nothing of the user's
    if ((foreign && (api || !safe.has(c.req.method))) || (elsewhere && (api || !safe.has(c.req.method))))
      throw new Refusal(403, 'This request comes from another site, and is not done.', "Use the studio's own page.");
    await next();
  };
}

function isHost(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}

const tokenCookie = 'posteriori_token';
const userCookie = 'posteriori_user';

/**
 * Asks for the token: `Authorization: Bearer`, or once as `?token=`, which leaves a cookie in its place and leads to the address without.
 * @throws Refusal 401
 */
export function tokenNeeded({ token }: GuardOptions): MiddlewareHandler {
  return async (c, next) => {
    if (token === undefined) return next();
    const given = c.req.query('token');
    if (given !== undefined && safe.has(c.req.method) && (await sameSecret(given, token))) {
      // lax: a link to the page from elsewhere is followed as one of the user's; what changes anything is kept to this site above
      setCookie(c, tokenCookie, await digest(`cookie ${token}`), { httpOnly: true, sameSite: 'Lax', path: '/', maxAge: 400 * 24 * 3600 });
      const url = new URL(c.req.url);
      url.searchParams.delete('token');
      return c.redirect(`${url.pathname}${url.search}`, 303);
    }
    const bearer = /^Bearer (.+)$/i.exec(c.req.header('Authorization') ?? '')?.[1];
    const cookie = getCookie(c, tokenCookie);
    const right =
      (bearer !== undefined && (await sameSecret(bearer, token))) ||
      (cookie !== undefined && (await sameSecret(cookie, await digest(`cookie ${token}`))));
    if (right) return next();
    const wrong = given !== undefined || bearer !== undefined;
    c.header('WWW-Authenticate', 'Bearer');
    throw new Refusal(
      401,
      wrong ? 'The token is wrong.' : 'This studio asks for a token.',
      'Open the address that the studio printed when it was started.',
    );
  };
}

/** Tells which user a browser is, by a random cookie; a new one gets its own. */
export function knowsUser(): MiddlewareHandler<StudioEnv> {
  return async (c: Context<StudioEnv>, next) => {
    let secret = getCookie(c, userCookie);
    if (secret === undefined || !/^[a-f0-9]{64}$/.test(secret)) {
      secret = hex(crypto.getRandomValues(new Uint8Array(32)));
      setCookie(c, userCookie, secret, { httpOnly: true, sameSite: 'Strict', path: '/', maxAge: 400 * 24 * 3600 });
    }
    // what names folders does not tell the cookie
    c.set('user', (await digest(`user ${secret}`)).slice(0, 32));
    await next();
  };
}

/** Whether two texts are equal, in a time that does not tell where they differ. */
async function sameSecret(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([digest(a), digest(b)]);
  let difference = 0;
  for (let i = 0; i < one.length; i++) difference |= one.charCodeAt(i) ^ other.charCodeAt(i);
  return difference === 0;
}

async function digest(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
