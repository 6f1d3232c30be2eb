import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.css': 'text/css',
  '.json': 'application/json',
};

/**
 * Serve folders by URL prefix on a free port of 127.0.0.1, cross-origin isolated, so that WebAssembly threads are allowed.
 * @param index the page at `/`
 */
export async function serve(folders: Readonly<Record<string, string>>, index: string): Promise<{ server: Server; url: string }> {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url!, 'http://localhost').pathname);
    const prefix = Object.keys(folders).find((p) => path.startsWith(p));
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    try {
      const body = path === '/' ? index : await readFile(join(folders[prefix!], path.slice(prefix!.length)));
      response.setHeader('Content-Type', path === '/' ? 'text/html' : (types[extname(path)] ?? 'application/octet-stream'));
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** Serve one folder below `/studio/`, as a plain web server does: without a header that isolates. */
export async function serveFolder(folder: string): Promise<{ server: Server; url: string }> {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url!, 'http://localhost').pathname).replace(/\/$/, '/index.html');
    try {
      if (!path.startsWith('/studio/')) throw new Error('elsewhere');
      const body = await readFile(join(folder, path.slice('/studio/'.length)));
      response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream');
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/studio/` };
}
