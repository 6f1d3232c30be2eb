import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../../tensor/errors.js';
import type { HubReference } from './reference.js';
import type { HubSettings } from './settings.js';

/** A request that the hub did not fulfil, in words for the user. */
export class HubError extends UserError {
  /** @param status of HTTP; undefined when there was no answer */
  constructor(
    message: string,
    readonly status: number | undefined,
    cause?: unknown,
    /** Milliseconds after which it asks to be asked again, where it says. */
    readonly retryAfter?: number,
  ) {
    super(message, { cause });
  }

  /** Whether the same request may succeed a little later. */
  get transient(): boolean {
    return this.status === undefined || this.status >= 500 || [408, 425, 429].includes(this.status);
  }
}

/**
 * `fetch` for one repository. The token goes to the hub alone: not to hosts that it redirects to, nor to any other address it names.
 * @returns a fetch whose promise is rejected, with a HubError, for every answer that is not a success
 */
export function hubFetch(settings: HubSettings, reference: HubReference, signal?: AbortSignal): typeof fetch {
  const { endpoint, token } = settings;
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    if (token && url.origin === new URL(endpoint).origin) headers.set('authorization', `Bearer ${token}`);
    let response: Response;
    try {
      response = await fetch(url, { ...init, headers, signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw new HubError(unreachable(url.host, error), undefined, error);
    }
    if (response.ok) return response;
    await response.body?.cancel().catch(() => {});
    throw new HubError(refusal(response, settings, reference), response.status, undefined, retryAfterOf(response));
  };
}

/** No server's wish is waited for longer. */
const LONGEST_WAIT = 60_000;

/** Of `Retry-After`: seconds, or a date. */
function retryAfterOf({ headers }: Response): number | undefined {
  const text = headers.get('retry-after');
  if (!text) return undefined;
  const wait = /^\d+$/.test(text.trim()) ? 1000 * Number(text) : Date.parse(text) - Date.now();
  return Number.isFinite(wait) ? Math.min(LONGEST_WAIT, Math.max(0, wait)) : undefined;
}

/** A fetch that asks again, after each of the waits, where the server answered that it cannot just now. */
export function persistent(fetch: typeof globalThis.fetch, waits: readonly number[], signal?: AbortSignal): typeof globalThis.fetch {
  return async (input, init) => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await fetch(input, init);
      } catch (error) {
        if (!(error instanceof HubError && error.transient && error.status !== undefined) || attempt >= waits.length) throw error;
        await sleep(error.retryAfter ?? waits[attempt], undefined, { signal });
      }
    }
  };
}

const reasons: Record<string, string> = {
  ENOTFOUND: 'its address is not known',
  EAI_AGAIN: 'its address is not known',
  ECONNREFUSED: 'it refuses the connection',
  ECONNRESET: 'the connection broke',
  UND_ERR_SOCKET: 'the connection broke',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer',
  UND_ERR_BODY_TIMEOUT: 'it stopped answering',
  ENETUNREACH: 'there is no network',
  EHOSTUNREACH: 'there is no way to it',
};

/** Why a connection failed, in words. */
export function connectionReason(error: unknown): string {
  const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
  return (code && reasons[code]) || message || 'the connection failed';
}

function unreachable(host: string, error: unknown): string {
  return `${host} cannot be reached: ${connectionReason(error)}. Check the connection and run the same command again; a mirror is named by HF_ENDPOINT, and files fetched in another way are given by their folder.`;
}

function refusal(response: Response, { endpoint, token }: HubSettings, { repo, revision }: HubReference): string {
  const page = `${endpoint}/${repo}`;
  const code = response.headers.get('x-error-code');
  switch (response.status) {
    case 401:
      return token
        ? `The hub does not accept the token in HF_TOKEN for ${repo}. Make a new one at ${endpoint}/settings/tokens, or unset HF_TOKEN for a public repository.`
        : `The hub does not show ${repo}: there is no such repository, or it is private or gated. Check the name; for a gated one, ask for access at ${page} and set HF_TOKEN to a token from ${endpoint}/settings/tokens.`;
    case 403:
      return `The hub denies access to ${repo}: it is gated, or the token may not read it. Ask for access at ${page}${token ? '' : ` and set HF_TOKEN to a token from ${endpoint}/settings/tokens`}, then run the same command again.`;
    case 404:
      if (code === 'RevisionNotFound')
        return `${repo} has no revision "${revision}". Name a branch, a tag or a commit after the @, or none for "main".`;
      if (code === 'EntryNotFound') return `A file of ${repo} is no longer there. Run the same command again, or look at ${page}.`;
      return `There is no repository ${repo} at ${endpoint}, or it has no revision "${revision}". Check the spelling.`;
    case 429:
      return 'The hub has had too many requests from here. Wait a few minutes and run the same command again; a token in HF_TOKEN raises the limit.';
    default:
      return `The hub answered ${response.status} ${response.statusText || ''}`
        .trimEnd()
        .concat(` for ${repo}. Run the same command again later.`);
  }
}
