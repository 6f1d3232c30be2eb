import { signal } from '@preact/signals';
import type { JobView } from '../../studio/api.js';
import type { Measured, Measuring, Source } from '../backend/backend.js';
import type { ServerBackend } from '../backend/server-backend.js';
import { imageOfNpy, measuringOf, solvingOf, tensorOfNpy } from '../backend/wishes.js';
import { attend, complain, stop } from './actions.js';
import { isScan } from './form.js';
import { show } from './history.js';
import type { Run } from './runs.js';
import { here, methods, place, server } from './studio.js';

/** What the server has of this user; undefined: not asked yet, or it does not answer. */
export const jobsThere = signal<readonly JobView[] | undefined>(undefined);

export async function askJobs(): Promise<void> {
  jobsThere.value = await server.value?.jobs().catch(() => undefined);
}

/** Cancel a job, or remove one that is over. */
export async function forgetJob(id: string): Promise<void> {
  await server.value?.forget(id).catch(complain);
  await askJobs();
}

let nextId = -1_000_000;

/** Show a job of the server: what came of it, or what it does now. */
export async function reopenJob(job: JobView): Promise<void> {
  const from = server.value;
  if (from === undefined) return;
  stop();
  try {
    const source = await sourceOf(job, from);
    const { request } = job;
    const part = async (id: string | undefined) => (id === undefined ? undefined : tensorOfNpy((await from.upload(id)).content));
    const [mask, kernel] = await Promise.all([part(request.mask), part(request.kernel)]);
    const measuring: Measuring = measuringOf(job, { ...(mask && { mask }), ...(kernel && { kernel }) });
    const measured: Measured = await here.value!.measure(source, measuring);
    const title = methods.value.find(({ name }) => name === request.method)?.title ?? request.method;
    const how = { id: nextId--, method: request.method, title, solving: solvingOf(job), where: 'server' } as const;
    const run: Run = { ...how, state: 'waiting', steps: [], frames: [], notices: [] };
    place.value = 'server';
    show(source, measuring, measured, run);
    const ended = new AbortController();
    await attend(run.id, (listener) => ({ result: from.follow(job.id, listener, ended.signal), stop: () => ended.abort() }), false);
  } catch (error) {
    complain(error);
  }
}

/** What a job reconstructs from, as it was uploaded. */
async function sourceOf({ request }: JobView, from: ServerBackend): Promise<Source> {
  const { image, measurement, geometry, task, range, size } = request;
  const { view, content } = await from.upload((image ?? measurement)!);
  const { name } = view;
  if (geometry !== undefined) {
    const json = new File([JSON.stringify(geometry)], 'geometry.json', { type: 'application/json' });
    return (await from.open({ files: [new File([content], name), json], side: 256 })).source;
  }
  // what this page sent is an image as it is; what other programs sent is read as any file is
  if (view.kind === 'numbers' && (measurement !== undefined || (Array.isArray(range) && range[0] === -1 && range[1] === 1))) {
    const read = await imageOfNpy(content);
    const { fieldOfView } = request;
    return {
      kind: 'image',
      name,
      image: read,
      ct: read.shape[1] === 1,
      ...(isScan(task) && fieldOfView && { pixelSizeCm: fieldOfView / read.shape[2] }),
    };
  }
  const side = typeof size === 'number' ? size : 256;
  const { source } = await from.open({ files: [new File([content], name)], side, as: isScan(task) ? 'ct' : 'photo' });
  return source;
}
