import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import type { PageFile } from '../parts.js';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

const notBuilt = `The page of the studio was not built: there is no dist/web. The API is up: see /api/openapi.json.\n`;

/**
 * The built page. What there is was listed at the start: an address is looked up in that list, and never becomes a path.
 * @param folder of the built page
 */
export async function pageFiles(folder: string): Promise<(path: string) => Promise<PageFile | undefined>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = new Map<string, string>();
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(path.slice(folder.length).split(sep).join('/'), path);
  }
  return async (address) => {
    const path = address === '/' ? '/index.html' : address;
    const file = files.get(path);
    if (file === undefined)
      return path === '/index.html' ? { type: types['.txt'], immutable: false, body: new TextEncoder().encode(notBuilt) } : undefined;
    // vite puts a hash of the content into these names
    const immutable = /^\/assets\/.*-[\w-]{8}\.\w+$/.test(path);
    return { type: types[extname(file)] ?? 'application/octet-stream', immutable, body: (await readFile(file)) as Uint8Array<ArrayBuffer> };
  };
}
