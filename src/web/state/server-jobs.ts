import { signal } from '@preact/signals';
import type { JobView } from '../../studio/api.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Measured, Measuring, Source } from '../backend/backend.js';
import type { ServerBackend } from '../backend/server-backend.js';
import { imageOfNpy, measuringOf, solvingOf, tensorOfNpy } from '../backend/wishes.js';
import { words } from '../words.js';
import { complain } from './complain.js';
import { isScan } from './form.js';
import { show } from './history.js';
import type { Run } from './runs.js';
import { attend, stop } from './solving.js';
import { here, methods, place, server } from './studio.js';

/** What the server has of this user; undefined: not asked yet, or it does not answer. */
export const jobsThere = signal<readonly JobView[] | undefined>(undefined);

export async function askJobs(): Promise<void> {
  jobsThere.value = await server.value?.jobs().catch(() => undefined);
}

/** Jobs of one measurement, the newest first. */
export type JobSeries = readonly [JobView, ...JobView[]];

/** The jobs there, by series; a job without one is its own. */
export function seriesOf(jobs: readonly JobView[]): JobSeries[] {
  const found = new Map<string, [JobView, ...JobView[]]>();
  for (const job of jobs) {
    const name = job.request.series ?? job.id;
    const others = found.get(name);
    if (others) others.push(job);
    else found.set(name, [job]);
  }
  return [...found.values()];
}

/** What the page solves beside the chosen method. */
const compared = ['fbp', 'tv'];

/** The job that a series was made for: the others are there for comparison. */
export function mainOf(jobs: JobSeries): JobView {
  const shown = jobs.filter(({ status }) => status !== 'failed' && status !== 'cancelled');
  const chosen = (job: JobView) => !compared.includes(job.request.method);
  return shown.find(chosen) ?? shown[0] ?? jobs.find(chosen) ?? jobs[0];
}

/** Cancel jobs, or remove those that are over. */
export async function forgetJobs(jobs: JobSeries): Promise<void> {
  for (const { id } of jobs) await server.value?.forget(id).catch(complain);
  await askJobs();
}

let nextId = -1_000_000_000;

/** Show a series of the server: what came of it, or what it does now; of each method the last job. */
export async function reopenJobs(series: JobSeries): Promise<void> {
  const from = server.value;
  if (from === undefined) return;
  stop();
  try {
    const main = mainOf(series);
    const source = await sourceOf(main, from);
    const { request } = main;
    const part = async (id: string | undefined) => (id === undefined ? undefined : tensorOfNpy((await from.upload(id)).content));
    const [mask, kernel] = await Promise.all([part(request.mask), part(request.kernel)]);
    const measuring: Measuring = measuringOf(main, { ...(mask && { mask }), ...(kernel && { kernel }) });
    const measured: Measured = await here.value!.measure(source, measuring);
    const alive = series.filter(({ status }) => status !== 'failed' && status !== 'cancelled');
    const like = (a: JobView) => (b: JobView) => a.request.method === b.request.method && a.request.from === b.request.from;
    const last = alive.filter((job, k) => alive.findIndex(like(job)) === k);
    const runs = await Promise.all(
      (last.includes(main) ? last : [main]).reverse().map(async (job) => ({ job, run: runOf(job, await part(job.request.from)) })),
    );
    place.value = 'server';
    const ofMain = runs.find(({ job }) => job === main)!.run;
    const all = runs.map(({ run }) => run);
    show(source, measuring, measured, ofMain, all);
    await Promise.all(runs.map(({ job, run }) => follow(job, run.id, from)));
  } catch (error) {
    complain(error);
  }
}

/** @param estimate that it was taken up from */
function runOf(job: JobView, estimate: Tensor | undefined): Run {
  const { method, done = 0 } = job.request;
  const name = methods.value.find((one) => one.name === method)?.title ?? method;
  const title = estimate ? words.takenUpAt(name, done) : name;
  const how = { id: nextId--, method, title, solving: solvingOf(job, estimate), where: 'server' } as const;
  return { ...how, state: 'waiting', steps: [], frames: [], notices: [] };
}

function follow(job: JobView, run: number, from: ServerBackend): Promise<void> {
  const ended = new AbortController();
  return attend(run, (listener) => ({ result: from.follow(job.id, listener, ended.signal), stop: () => ended.abort() }), false);
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
