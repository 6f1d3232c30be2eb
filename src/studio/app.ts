import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';
import { describeMethods } from '../solvers/methods/describe.js';
import type { ErrorAnswer } from './api.js';
import { describeTasks } from './catalogue.js';
import { eventStream } from './events.js';
import { knowsUser, reportPolicy, type StudioEnv, sameSiteOnly, securityHeaders, tokenNeeded } from './guard.js';
import type { StudioParts } from './parts.js';
import { Refusal, refusalOf, uploadTooLarge } from './refusal.js';
import * as routes from './routes.js';

/** Of a job's request; a geometry of 2000 views has 40 kB. */
const MOST_JSON = 2 ** 20;

/**
 * The studio's server: the API and the page, of parts that know disk and processes. Standard requests in, standard responses out; it opens
 * no socket.
 */
export function createStudio(parts: StudioParts) {
  const { files, jobs, priors, limits, guard } = parts;
  const app = new OpenAPIHono<StudioEnv>({
    defaultHook: (result) => {
      if (!result.success) throw new Refusal(400, `The request is wrong: ${problemsOf(result.error)}.`, 'See /api/openapi.json.');
    },
  });
  app.onError((error, c) => {
    if (error instanceof HTTPException) {
      const message = error.status === 400 ? 'The request cannot be read: its body is not JSON.' : 'The request is refused.';
      return c.json<ErrorAnswer>({ error: { message } }, error.status);
    }
    const refusal = refusalOf(error);
    if (refusal === undefined) {
      parts.onFault?.(error);
      return c.json<ErrorAnswer>({ error: { message: 'The server met a fault of its own. What it was is in its terminal.' } }, 500);
    }
    const { status, message, remedy } = refusal;
    if (status === 429 || status === 503) c.header('Retry-After', '10');
    return c.json<ErrorAnswer>({ error: { message, remedy } }, status);
  });
  app.notFound((c) =>
    c.json<ErrorAnswer>({ error: { message: 'There is nothing at this address.', remedy: 'See /api/openapi.json.' } }, 404),
  );

  app.use(securityHeaders(), sameSiteOnly(guard), tokenNeeded(guard));
  for (const path of ['/api/files/*', '/api/jobs/*']) app.use(path, knowsUser()); // the paths without a tail too
  const tooLong = () => {
    throw new Refusal(413, 'The request is longer than any job needs.', 'Upload measurements as files.');
  };
  for (const path of ['/api/jobs', '/api/files/*/prepared']) app.use(path, bodyLimit({ maxSize: MOST_JSON, onError: tooLong }));
  app.doc31('/api/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'posteriori studio', version: parts.version, description: 'Reconstruct images from noisy measurements.' },
  });

  const api = app
    .openapi(routes.uploadRoute, async (c) => {
      const name = c.req.valid('query').name ?? decoded(c.req.header('X-File-Name')) ?? 'upload';
      const stated = Number(c.req.header('Content-Length') ?? 0);
      if (stated > limits.uploadBytes) throw uploadTooLarge(limits.uploadBytes);
      return c.json(await files.add(c.var.user, name, c.req.raw.body), 201);
    })
    .openapi(routes.filesRoute, async (c) => c.json(await files.list(c.var.user), 200))
    .openapi(routes.previewRoute, async (c) =>
      c.body(await files.preview(c.var.user, c.req.valid('param').id), 200, { 'Content-Type': 'image/png' }),
    )
    .openapi(routes.contentRoute, async (c) => {
      const { bytes, body } = await files.content(c.var.user, c.req.valid('param').id);
      const headers = { 'Content-Length': String(bytes), 'Content-Disposition': 'attachment' };
      return c.body(body, 200, { 'Content-Type': 'application/octet-stream', ...headers });
    })
    .openapi(routes.prepareRoute, async (c) => c.json(await files.prepare(c.var.user, c.req.valid('param').id, c.req.valid('json')), 201))
    .openapi(routes.removeFileRoute, async (c) => {
      await files.remove(c.var.user, c.req.valid('param').id);
      return c.body(null, 204);
    })
    .openapi(routes.submitRoute, async (c) => c.json(await jobs.submit(c.var.user, c.req.valid('json')), 201))
    .openapi(routes.jobsRoute, async (c) => c.json(await jobs.list(c.var.user, c.req.valid('query').most), 200))
    .openapi(routes.jobRoute, async (c) => c.json(await jobs.find(c.var.user, c.req.valid('param').id), 200))
    .openapi(routes.removeJobRoute, async (c) => {
      const left = await jobs.remove(c.var.user, c.req.valid('param').id);
      return left === undefined ? c.body(null, 204) : c.json(left, 200);
    })
    .openapi(routes.eventsRoute, async (c) =>
      eventStream(c, await jobs.events(c.var.user, c.req.valid('param').id), c.req.valid('header')['last-event-id']),
    )
    .openapi(routes.resultRoute, async (c) => {
      const { id, file } = c.req.valid('param');
      const { bytes, body } = await jobs.result(c.var.user, id, file);
      return c.body(body, 200, {
        'Content-Type': typeOf(file),
        'Content-Length': String(bytes),
        ...(file.endsWith('.html') && { 'Content-Security-Policy': reportPolicy }),
        ...(file.endsWith('.npy') && { 'Content-Disposition': `attachment; filename="${file}"` }),
      });
    })
    .openapi(routes.methodsRoute, (c) => c.json(describeMethods(), 200))
    .openapi(routes.tasksRoute, (c) => c.json(describeTasks(), 200))
    .openapi(routes.priorsRoute, (c) => c.json([...priors], 200))
    .openapi(routes.limitsRoute, (c) => c.json(limits, 200));

  app.get('*', async (c) => {
    if (c.req.path.startsWith('/api/')) return c.notFound();
    const file = await parts.page(c.req.path);
    if (file === undefined) return c.notFound();
    const kept = { ETag: file.tag, 'Cache-Control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache' };
    if (c.req.header('If-None-Match') === file.tag) return c.body(null, 304, kept);
    return c.body(await file.read(), 200, { 'Content-Type': file.type, ...kept });
  });
  return api;
}

/** For `hono/client`. */
export type StudioApp = ReturnType<typeof createStudio>;

/** A header's percent code as text; what is none stays as it is. */
function decoded(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return text;
  }
}

function problemsOf({ issues }: z.core.$ZodError): string {
  const told = issues.slice(0, 3).map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message));
  return told.join('; ');
}

const types: Record<string, string> = {
  png: 'image/png',
  json: 'application/json',
  html: 'text/html; charset=utf-8',
  npy: 'application/octet-stream',
};

function typeOf(file: string): string {
  return types[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
}
