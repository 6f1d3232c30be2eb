import { batch, signal } from '@preact/signals';
import type { Measured, Measuring, Source } from '../backend/backend.js';
import { given, kernel, mask, method, noiseSeed, options, preset, prior, samples, seed, set, sigma, task, views } from './form.js';
import { type Run, runs } from './runs.js';
import { complaint, files, measured, notices, source } from './studio.js';

/** A finished run as this browser keeps it, all that is needed to look at it again. */
export interface Remembered {
  readonly id: number;
  readonly date: number;
  readonly source: Source;
  readonly measuring: Measuring;
  readonly measured: Measured;
  readonly run: Run;
  /** Of the same measurement by other methods; earlier versions kept none. */
  readonly besides?: readonly Run[];
}

export const past = signal<readonly Remembered[]>([]);
/** Older ones are dropped: each holds its images. */
const MOST = 30;
/** Set while a remembered run is shown, whose measurement is there already. */
export const recalled = signal(false);

function database(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open('posteriori-studio', 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore('runs', { keyPath: 'id', autoIncrement: true });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function withRuns<T>(access: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opened = await database();
  try {
    return await new Promise<T>((resolve, reject) => {
      const asked = ask(opened.transaction('runs', access).objectStore('runs'));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  } finally {
    opened.close();
  }
}

/** Without storage (private windows) there is no history, and nothing else is lost. */
const quietly = <T>(work: Promise<T>): Promise<T | undefined> => work.catch(() => undefined);

export function recall(): Promise<unknown> {
  return quietly(
    withRuns('readonly', (store) => store.getAll() as IDBRequest<Remembered[]>).then((all) => {
      past.value = all.reverse();
    }),
  );
}

/** Keep a finished run, and what was done beside it. @returns its id, undefined where nothing can be kept */
export async function remember(
  from: Source,
  measuring: Measuring,
  made: Measured,
  run: Run,
  besides: readonly Run[],
): Promise<number | undefined> {
  const record = { date: Date.now(), source: from, measuring, measured: made, run: slim(run), besides: besides.map(slim) };
  const id = await quietly(withRuns('readwrite', (store) => store.add(record) as IDBRequest<number>));
  await recall();
  for (const old of past.value.slice(MOST)) await drop(old.id);
  return id;
}

/** Keep a run beside the one that is kept already. */
export async function rememberBeside(id: number, run: Run): Promise<void> {
  const kept = past.value.find((one) => one.id === id);
  if (kept === undefined) return;
  const besides = [...(kept.besides ?? []).filter(({ method: old }) => old !== run.method), slim(run)];
  await quietly(withRuns('readwrite', (store) => store.put({ ...kept, besides })));
  await recall();
}

/** Images on the way are for the page that saw them. */
const slim = (run: Run): Run => ({ ...run, frames: [] });

export async function drop(id: number): Promise<void> {
  await quietly(withRuns('readwrite', (store) => store.delete(id)));
  await recall();
}

export async function dropAll(): Promise<void> {
  await quietly(withRuns('readwrite', (store) => store.clear()));
  await recall();
}

/** Show a remembered run, and those beside it, as if they had just finished. */
export function reopen({ id, source: from, measuring, measured: made, run, besides = [] }: Remembered): void {
  const all = [...besides, run].map((one, k) => ({ ...one, where: one.where ?? 'browser', id: -1 - 100 * id - k }));
  show(from, measuring, made, all.at(-1)!, all);
}

/**
 * Put all on the page that a run was made of, and the run.
 * @param all runs of that measurement, with this one
 */
export function show(from: Source, measuring: Measuring, made: Measured, run: Run, all: readonly Run[]): void {
  batch(() => {
    recalled.value = true;
    source.value = from;
    files.value = [];
    notices.value = [];
    complaint.value = undefined;
    task.value = measuring.task;
    views.value = measuring.views;
    options.value = measuring.options as Record<string, number>;
    sigma.value = measuring.sigma;
    noiseSeed.value = measuring.noiseSeed;
    given.value = measuring.given;
    mask.value = measuring.mask;
    kernel.value = measuring.kernel;
    method.value = run.solving.method;
    prior.value = run.solving.prior;
    preset.value = run.solving.preset;
    set.value = run.solving.set ?? {};
    seed.value = run.solving.seed;
    samples.value = run.solving.samples;
    measured.value = made;
    runs.value = all;
  });
}
