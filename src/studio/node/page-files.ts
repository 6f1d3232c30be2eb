import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
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

/** In the page's head; the page asks there whether a server computes for it. */
const mark = '<meta name="posteriori-server" content="no"';

/**
 * The built page, which is told that this server computes too. What there is was listed at the start: an address is looked up in that list,
 * and never becomes a path.
 * @param folder of the built page
 * @param more files by their address, beside those of the page
 */
export async function pageFiles(
  folder: string,
  more: ReadonlyMap<string, string> = new Map(),
): Promise<(path: string) => Promise<PageFile | undefined>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = new Map<string, string>(entries.length === 0 ? [] : more);
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    // the service worker is for servers that cannot compute
    if (entry.isFile() && entry.name !== 'sw.js') files.set(path.slice(folder.length).split(sep).join('/'), path);
  }
  return async (address) => {
    const path = address === '/' ? '/index.html' : address;
    const file = files.get(path);
    if (file === undefined) return path === '/index.html' ? fileOf(notBuilt, types['.txt']) : undefined;
    if (path === '/index.html') return fileOf((await readFile(file, 'utf8')).replace(mark, mark.replace('"no"', '"yes"')), types['.html']);
    const { size, mtimeMs } = await stat(file);
    return {
      type: types[extname(file)] ?? 'application/octet-stream',
      // vite puts a hash of the content into these names
      immutable: /^\/assets\/.*-[\w-]{8}\.\w+$/.test(path),
      tag: `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`,
      read: async () => (await readFile(file)) as Uint8Array<ArrayBuffer>,
    };
  };
}

function fileOf(text: string, type: string): PageFile {
  const tag = `"${createHash('sha256').update(text).digest('hex').slice(0, 16)}"`;
  return { type, immutable: false, tag, read: async () => new TextEncoder().encode(text) };
}
