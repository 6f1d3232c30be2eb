import type { DeviceWish, Loading } from '../backend/backend.js';
import type { FromWorker, Request, ToWorker } from '../backend/messages.js';
import { Engine } from './engine.js';
import { openExample } from './examples.js';
import { pageOffers } from './offers.js';
import { type Posed, poseProblem } from './posing.js';
import { openFiles } from './read-file.js';
import { readKernel, readMask } from './read-mask.js';
import { runJob } from './run-job.js';
import { isOutOfMemory, sentenceOf } from './sentence.js';
import { UnreadError } from './unread-error.js';

/** What of a worker's global scope is used; the library of types for pages knows it only as a window. */
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<ToWorker>) => void;
  postMessage(message: FromWorker): void;
};

/** The page's folder: this script lies in its folder `assets`. */
const base = new URL(/* @vite-ignore */ '../', import.meta.url);
let engine: Engine | undefined;
let device: DeviceWish = 'auto';
const stops = new Map<number, AbortController>();
/** Measuring and solving follow one another; opening a file need not wait. */
let last: Promise<unknown> = Promise.resolve();

function theEngine(): Engine {
  engine ??= new Engine(device, base);
  return engine;
}

scope.onmessage = ({ data }) => {
  if ('setup' in data) device = data.setup.device;
  else if ('control' in data) control(data.id, data.control);
  else answer(data.id, data.request);
};

function control(id: number, what: 'pause' | 'resume' | 'stop'): void {
  const { breath } = theEngine();
  if (what === 'pause') breath.pause();
  else breath.resume();
  if (what === 'stop') stops.get(id)?.abort();
}

async function answer(id: number, request: Request): Promise<void> {
  const stop = new AbortController();
  stops.set(id, stop);
  try {
    const work = () => handle(id, request, stop.signal);
    const waits = request.ask === 'measure' || request.ask === 'solve';
    const done = waits ? last.then(work) : work();
    if (waits) last = done.catch(() => {});
    scope.postMessage({ id, answer: await done });
  } catch (error) {
    const unread = error instanceof UnreadError ? 'unread' : undefined;
    const why = stop.signal.aborted ? 'stopped' : isOutOfMemory(error) ? 'spent' : unread;
    scope.postMessage({ id, failure: sentenceOf(error), ...(why && { why }) });
  } finally {
    stops.delete(id);
  }
}

async function handle(id: number, request: Request, signal: AbortSignal): Promise<unknown> {
  signal.throwIfAborted();
  const onLoading = (loading: Loading) => scope.postMessage({ id, news: { loading } });
  switch (request.ask) {
    case 'offers':
      return pageOffers();
    case 'open':
      return 'example' in request.wish ? openExample(request.wish.example) : openFiles(request.wish);
    case 'mask':
      return readMask(request.file, request.size);
    case 'kernel':
      return readKernel(request.file);
    case 'machine':
      return theEngine().machine(onLoading);
    case 'measure':
      return (await posed(request, onLoading)).measured;
    case 'solve':
      return runJob(
        theEngine(),
        base,
        await posed(request, onLoading),
        request.solving,
        {
          onLoading,
          onNotice: (notice) => scope.postMessage({ id, news: { notice } }),
          onStep: (step) => scope.postMessage({ id, news: { step } }),
        },
        signal,
      );
  }
}

async function posed(
  { source, measuring }: Extract<Request, { ask: 'measure' | 'solve' }>,
  onLoading: (loading: Loading) => void,
): Promise<Posed> {
  return poseProblem(source, measuring, await theEngine().runtime(onLoading));
}
