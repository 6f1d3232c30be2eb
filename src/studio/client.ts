import { hc } from 'hono/client';
import type { StudioApp } from './app.js';

/**
 * A studio's API with the types of its answers. Uploads are a plain `fetch('/api/files', { method: 'POST', body: file })`, progress an
 * `EventSource`.
 * @param base its address
 */
export function studioClient(base: string, options?: Parameters<typeof hc>[1]): ReturnType<typeof hc<StudioApp>> {
  return hc<StudioApp>(base, options);
}
