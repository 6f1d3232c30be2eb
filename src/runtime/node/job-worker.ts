import { parentPort } from 'node:worker_threads';
import { messageOf } from '../session.js';
import type { JobOrder, JobReply } from './job-pool.js';

// A thread of job-pool.ts: it takes parts of a job, as long as there are some.
const port = parentPort!;

port.on('message', async ({ module, name, args, parts, next }: JobOrder) => {
  try {
    const { [name]: work } = (await import(module)) as Record<string, (args: unknown, part: number) => void>;
    for (let part = Atomics.add(next, 0, 1); part < parts; part = Atomics.add(next, 0, 1)) work(args, part);
    port.postMessage({} satisfies JobReply);
  } catch (error) {
    port.postMessage({ error: messageOf(error) } satisfies JobReply);
  }
});
