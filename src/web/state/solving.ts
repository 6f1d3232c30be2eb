import { type Tensor, tensor } from '../../tensor/tensor.js';
import { type Job, type JobListener, type StepNews, Stopped } from '../backend/backend.js';
import { words } from '../words.js';
import { sentenceOf } from './complain.js';
import { alsoTv, measuring, method, solvingOf } from './form.js';
import { remember, rememberBeside } from './history.js';
import { writeLink } from './link.js';
import { active, jobs, looking, type Run, runs, update, withFrame } from './runs.js';
import { backend, complaint, fitting, measureBusy, measured, methods, place, said, source } from './studio.js';
import { mode } from './view.js';

/** Runs belong to one measurement. */
export function forgetRuns(): void {
  runs.value = [];
  looking.value = undefined;
  mode.value = 'side';
  record = undefined;
  series = undefined;
}

/** What the history keeps of this measurement. */
let record: Promise<number | undefined> | undefined;
/** Names this measurement's runs to a server. */
let series: string | undefined;

/** A finished run goes into this browser's history: that of the chosen method as an entry, others beside it. */
function keep(run: Run): void {
  const others = runs.value.filter(({ state, method: name }) => state === 'done' && name !== run.method);
  if (run.method === method.value) record = remember(source.value!, measuring.value, measured.value!, run, others);
  else record?.then((id) => (id === undefined ? undefined : rememberBeside(id, run)));
}

let nextRun = 0;

/** A run that has not begun. */
function planned(name: string, more: Partial<Run> = {}): Run {
  const title = methods.value.find((offer) => offer.name === name)?.title ?? name;
  const how = { method: name, title, solving: solvingOf(name), where: place.value };
  return { id: nextRun++, ...how, state: 'waiting', steps: [], frames: [], notices: [], ...more };
}

/** Reconstruct by the chosen method, and by total variation beside it where that is asked for and was not done. */
export async function solve(): Promise<void> {
  if (source.value === undefined || measured.value === undefined || measureBusy.value || active()) return;
  writeLink();
  const before = isDone('fbp') || !fits('fbp') ? [] : ['fbp'];
  const after = alsoTv.value && !isDone('tv') && method.value !== 'tv' && fits('tv') ? ['tv'] : [];
  const names = [...before.filter((name) => name !== method.value), method.value, ...after];
  runs.value = runs.value.filter(({ state, method: old }) => state === 'done' && old !== method.value);
  await runAll(names.map((name) => planned(name)));
}

/** Take a run up where the trajectory stands: from its estimate there, by the settings as they are now. */
export async function goOn(run: Run, frame: StepNews): Promise<void> {
  if (active() || frame.estimate === undefined) return;
  const from = { estimate: inChannels(frame.estimate, measured.value!.shape[0]), done: frame.step / frame.steps };
  const title = words.takenUp(run.title, frame.step);
  await runAll([planned(run.method, { title, solving: { ...solvingOf(run.method), from } })]);
}

/** A picture that a server sent is grey where all its channels are the same. */
function inChannels(image: Tensor, channels: number): Tensor {
  const [, has, height, width] = image.shape;
  if (has === channels) return image;
  return tensor(
    [1, channels, height, width],
    Float32Array.from({ length: channels * height * width }, (_, i) => image.data[i % (height * width)]),
  );
}

/** One after another; those that are done stay beside them. */
async function runAll(wanted: readonly Run[]): Promise<void> {
  complaint.value = undefined;
  looking.value = undefined;
  runs.value = [...runs.value.filter(({ state }) => state === 'done'), ...wanted];
  bringToView();
  for (const { id } of wanted) {
    if (runs.value.find((run) => run.id === id)?.state === 'waiting') await runOne(id);
  }
}

/** On a narrow page the pictures are below the settings. */
function bringToView(): void {
  if (!matchMedia('(max-width: 52rem)').matches) return;
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  document.querySelector('.panels, .single')?.scrollIntoView({ behavior: still ? 'auto' : 'smooth' });
}

function isDone(name: string): boolean {
  return runs.value.some((run) => run.method === name && run.state === 'done');
}

function fits(name: string): boolean {
  return fitting.value.some((offer) => offer.name === name && (!offer.requires.linear || measured.value?.linear));
}

async function runOne(id: number): Promise<void> {
  const run = runs.value.find((one) => one.id === id)!;
  series ??= newSeries();
  const solving = { ...run.solving, series };
  await attend(id, (listener) => backend.value!.start(source.value!, measuring.value, solving, listener), run.where === 'browser');
}

/** A name that no other measurement has; it decides nothing. */
function newSeries(): string {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
}

/**
 * Stay with a run until it is over.
 * @param start begins it, or takes it up
 * @param kept whether this browser remembers it
 */
export async function attend(id: number, start: (listener: JobListener) => Job, kept: boolean): Promise<void> {
  const run = runs.value.find((one) => one.id === id)!;
  update(id, () => ({ state: 'running' }));
  const job = start({
    onLoading: (at) => update(id, () => ({ loading: at })),
    onNotice: (notice) => update(id, ({ notices }) => ({ notices: [...notices, notice] })),
    onStep: stepTeller(id),
    onPlace: (queued) => update(id, () => ({ queued })),
    onLost: (lost) => update(id, () => ({ lost })),
  });
  jobs.set(id, job);
  said.value = words.started(run.title);
  const over = { loading: undefined, lost: false };
  try {
    const result = await job.result;
    update(id, () => ({ state: 'done', result, ...over }));
    said.value = words.finished(run.title, result.seconds);
    if (kept) keep(runs.value.find((one) => one.id === id)!);
  } catch (error) {
    if (error instanceof Stopped) {
      update(id, () => ({ state: 'stopped', ...over }));
      said.value = words.stopped(run.title);
    } else {
      const sentence = sentenceOf(error);
      update(id, () => ({ state: 'failed', complaint: sentence, ...over }));
      complaint.value = sentence;
    }
  } finally {
    jobs.delete(id);
  }
}

/** Takes steps as they come and shows them together, once a frame: steps of a fast method come faster than a page can be drawn. */
function stepTeller(id: number): (news: StepNews) => void {
  let waiting: StepNews[] = [];
  return (news) => {
    waiting.push(news);
    if (waiting.length > 1) return;
    // a page that is not looked at has no frames
    const wait = document.hidden ? (work: () => void) => setTimeout(work, 250) : requestAnimationFrame;
    wait(() => {
      const told = waiting;
      waiting = [];
      const steps = told.map(({ estimate: _, ...step }) => step);
      update(id, (run) => ({
        loading: undefined,
        queued: 0,
        steps: [...run.steps, ...steps],
        frames: told.reduce(withFrame, run.frames),
      }));
    });
  };
}

/** Stop what runs, and what waits for it. */
export function stop(): void {
  for (const { id, state } of runs.value) {
    if (state === 'waiting') update(id, () => ({ state: 'stopped' }));
    jobs.get(id)?.stop();
  }
}

export function pause(): void {
  for (const [id, job] of jobs) {
    job.pause?.();
    update(id, () => ({ state: 'paused' }));
  }
  said.value = words.pausedNow;
}

export function resume(): void {
  for (const [id, job] of jobs) {
    job.resume?.();
    update(id, () => ({ state: 'running' }));
  }
}
