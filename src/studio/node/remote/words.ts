import { z } from 'zod';
import { PREFIX } from '../../../experiments/node/bench/redis.js';
import { idSchema, jobProgressSchema, jobRequestSchema, resultSchema } from '../../api.js';
import { inputNames } from '../job-work.js';

/*
 * What a studio and its workers say to one another through Redis. All of it is checked where it comes in: no name of it becomes a path.
 */

/** The queue of all studios, beside the benches'. */
export const STUDIO_QUEUE = 'studio';

/** What nobody took away goes after so many seconds. */
export const KEPT_SECONDS = 7 * 24 * 3600;

const inputSchema = z.object({ name: z.string(), kind: z.enum(['picture', 'numbers']) });

/** A job of the queue; its files are in the object store. */
export const remoteJobSchema = z.object({
  id: idSchema,
  request: jobRequestSchema,
  inputs: z.partialRecord(z.enum(inputNames), inputSchema),
  /** Where the studio has the prior, and what it must be. */
  prior: z.object({ path: z.string(), sha256: z.string() }).optional(),
});
export type RemoteJob = z.output<typeof remoteJobSchema>;

/** How often a job was begun, which tells what is said of it from what an earlier worker said. */
const take = z.int().min(1);

/** What a job returns. Only `ended` may go well another time; a `fault` is the program's. */
export const answerSchema = z.union([
  z.object({ take, result: resultSchema, warnings: z.array(z.string()) }),
  z.object({ take, failure: z.enum(['user', 'ended', 'fault']), message: z.string() }),
]);
export type Answer = z.output<typeof answerSchema>;

/** What must not be lost is kept with the job: that it is begun, and its notices and warnings. */
export const saidSchema = z.object({ take, said: z.array(jobProgressSchema) });

/** A step is told to whoever listens, and not kept. */
export const stepSchema = z.object({ take, step: jobProgressSchema });

export function stepChannel(id: string): string {
  return `${PREFIX}:studio-steps:${id}`;
}

/** Who holds it has the job. */
export function lockOf(id: string): string {
  return `${PREFIX}:${STUDIO_QUEUE}:${id}:lock`;
}

/** The names of objects. A result is that of one take: an earlier worker that comes late harms nothing. */
export const jobObjects = {
  input: (id: string, name: string): string => `job-${id}-${name}`,
  result: (id: string, nth: number): string => `job-${id}-result-${nth}`,
};

export const otherVersion =
  'Studio and worker do not understand one another: they are of different versions. Ask whoever runs the studio to bring them in line.';
