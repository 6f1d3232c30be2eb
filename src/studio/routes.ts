import { createRoute, z } from '@hono/zod-openapi';
import {
  errorSchema,
  fileSchema,
  idSchema,
  jobEventSchema,
  jobRequestSchema,
  jobSchema,
  limitsSchema,
  methodSchema,
  preparationSchema,
  priorSchema,
  taskSchema,
} from './api.js';

/* Every route of the API: what it takes and what it answers. The OpenAPI description and the client's types are made of these. */

const json = <S extends z.ZodType>(schema: S, description: string) => ({ description, content: { 'application/json': { schema } } });
const refusals = { '4XX': json(errorSchema, 'Not done: why, and what to do'), '5XX': json(errorSchema, 'Failed: why, and what to do') };
const binary = z.string().meta({ format: 'binary' });
const idParam = { params: z.object({ id: idSchema }) };

export const uploadRoute = createRoute({
  method: 'post',
  path: '/api/files',
  summary: 'Upload an image, a mask, a kernel or a measurement: the body is the file itself',
  request: {
    query: z.object({
      name: z.string().max(1000).optional().meta({ description: 'What the user calls it; or as the header X-File-Name' }),
    }),
    body: { content: { 'application/octet-stream': { schema: binary } }, required: true },
  },
  responses: { 201: json(fileSchema, 'It is there, and can be read'), ...refusals },
});

export const filesRoute = createRoute({
  method: 'get',
  path: '/api/files',
  summary: "The user's uploads, newest first",
  responses: { 200: json(z.array(fileSchema), 'All of them'), ...refusals },
});

export const previewRoute = createRoute({
  method: 'get',
  path: '/api/files/{id}/preview.png',
  summary: 'A small picture of an upload',
  request: idParam,
  responses: { 200: { description: 'At most 256 x 256 pixels', content: { 'image/png': { schema: binary } } }, ...refusals },
});

export const contentRoute = createRoute({
  method: 'get',
  path: '/api/files/{id}/content',
  summary: 'An upload itself',
  request: idParam,
  responses: { 200: { description: 'The file', content: { 'application/octet-stream': { schema: binary } } }, ...refusals },
});

export const prepareRoute = createRoute({
  method: 'post',
  path: '/api/files/{id}/prepared',
  summary: 'Make an image that a model takes of an upload: another file, NPY, in [-1, 1]',
  request: { ...idParam, body: { content: { 'application/json': { schema: preparationSchema } }, required: true } },
  responses: { 201: json(fileSchema, 'The image'), ...refusals },
});

export const removeFileRoute = createRoute({
  method: 'delete',
  path: '/api/files/{id}',
  summary: 'Remove an upload',
  request: idParam,
  responses: { 204: { description: 'It is gone' }, ...refusals },
});

export const submitRoute = createRoute({
  method: 'post',
  path: '/api/jobs',
  summary: 'Reconstruct: puts a job on the queue',
  request: { body: { content: { 'application/json': { schema: jobRequestSchema } }, required: true } },
  responses: { 201: json(jobSchema, 'It waits, or runs'), ...refusals },
});

export const jobsRoute = createRoute({
  method: 'get',
  path: '/api/jobs',
  summary: "The user's jobs, newest first",
  request: { query: z.object({ most: z.coerce.number().int().min(1).max(500).default(100) }) },
  responses: { 200: json(z.array(jobSchema), 'Those that wait, run, or are over'), ...refusals },
});

export const jobRoute = createRoute({
  method: 'get',
  path: '/api/jobs/{id}',
  summary: 'A job as it stands',
  request: idParam,
  responses: { 200: json(jobSchema, 'The job'), ...refusals },
});

export const eventsRoute = createRoute({
  method: 'get',
  path: '/api/jobs/{id}/events',
  summary: 'What happens to a job, as server-sent events; goes on after the id in Last-Event-ID',
  request: { ...idParam, headers: z.object({ 'last-event-id': z.string().max(100).optional() }) },
  responses: {
    200: { description: 'Ends when the job does', content: { 'text/event-stream': { schema: jobEventSchema } } },
    204: { description: 'Nothing more comes' },
    ...refusals,
  },
});

export const removeJobRoute = createRoute({
  method: 'delete',
  path: '/api/jobs/{id}',
  summary: 'Cancel a job that waits or runs; remove one that is over',
  request: idParam,
  responses: { 200: json(jobSchema, 'It is cancelled, and still in the history'), 204: { description: 'It is gone' }, ...refusals },
});

export const resultRoute = createRoute({
  method: 'get',
  path: '/api/jobs/{id}/{file}',
  summary: 'A file of a finished job: reconstruction.png, report.html and the others that its result names',
  request: { params: z.object({ id: idSchema, file: z.string().max(100) }) },
  responses: { 200: { description: 'The file', content: { 'application/octet-stream': { schema: binary } } }, ...refusals },
});

export const methodsRoute = createRoute({
  method: 'get',
  path: '/api/methods',
  summary: 'The methods, with every option',
  responses: { 200: json(z.array(methodSchema), 'All of them'), ...refusals },
});

export const tasksRoute = createRoute({
  method: 'get',
  path: '/api/tasks',
  summary: 'What can be measured, with every option',
  responses: { 200: json(z.array(taskSchema), 'All of them'), ...refusals },
});

export const priorsRoute = createRoute({
  method: 'get',
  path: '/api/priors',
  summary: 'The priors that this server has',
  responses: { 200: json(z.array(priorSchema), 'All of them'), ...refusals },
});

export const limitsRoute = createRoute({
  method: 'get',
  path: '/api/limits',
  summary: 'What may be asked of this server at most',
  responses: { 200: json(limitsSchema, 'The limits'), ...refusals },
});
