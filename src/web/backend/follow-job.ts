import type { JobEvent, JobView } from '../../studio/api.js';
import type { Tensor } from '../../tensor/tensor.js';
import { tensor } from '../../tensor/tensor.js';
import type { JobListener } from './backend.js';
import { Refused } from './server-answer.js';

interface Followed {
  /** Of the server; it ends in `/`. */
  readonly address: string;
  readonly id: string;
  /** The job as it stands. @throws Refused, or Error when the server does not answer */
  find(): Promise<JobView>;
}

const kinds = ['queued', 'started', 'restarted', 'notice', 'warning', 'step', 'done', 'failed', 'cancelled'] as const;
/** So long until a server that was away is asked again. */
const AGAIN_MS = 2000;

/**
 * Hears of a job until it is over. The browser takes a line that broke up again, after the last event that came; a server that is away is
 * asked until it is back.
 * @returns the job as it ended
 * @throws Refused when it is not there any more; the signal's reason when aborted and the server does not answer
 */
export async function followJob(job: Followed, listener: JobListener, signal: AbortSignal): Promise<JobView> {
  for (;;) {
    await listen(job, listener, signal);
    try {
      const found = await job.find();
      listener.onLost?.(false);
      if (found.status !== 'queued' && found.status !== 'running') return found;
    } catch (error) {
      if (error instanceof Refused || signal.aborted) throw error;
      listener.onLost?.(true);
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** Until the job ends, or the browser gives the line up. */
function listen({ address, id }: Followed, listener: JobListener, signal: AbortSignal): Promise<void> {
  const events = new EventSource(`${address}api/jobs/${id}/events`);
  let drawn: Promise<unknown> = Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      events.close();
      resolve();
    };
    events.onopen = () => listener.onLost?.(false);
    events.onerror = () => {
      if (events.readyState === EventSource.CLOSED || signal.aborted) return end();
      listener.onLost?.(true);
    };
    const hear = ({ data }: MessageEvent<string>) => {
      const event = JSON.parse(data) as JobEvent;
      if (event.type === 'done' || event.type === 'failed' || event.type === 'cancelled') return void drawn.finally(end);
      if (event.type === 'step') drawn = drawn.then(() => tellStep(event, listener));
      else tell(event, listener);
    };
    for (const kind of kinds) events.addEventListener(kind, hear);
  });
}

function tell(event: JobEvent, listener: JobListener): void {
  if (event.type === 'queued') listener.onPlace?.(event.place);
  else if (event.type === 'started') listener.onPlace?.(0);
  else if (event.type === 'restarted') listener.onNotice?.(event.reason);
  else if (event.type === 'notice') listener.onNotice?.(event.text);
}

async function tellStep(event: Extract<JobEvent, { type: 'step' }>, listener: JobListener): Promise<void> {
  const { step, steps, stage, residual, seconds } = event;
  const estimate = event.estimate === undefined ? undefined : await pictureOf(event.estimate).catch(() => undefined);
  listener.onStep?.({
    step,
    steps,
    stage,
    seconds,
    network: 0,
    ...(residual !== undefined && { residual }),
    ...(estimate && { estimate }),
  });
}

/** A PNG in a data URI as an image `[1, C, H, W]` in [-1, 1], C = 1 where it is grey. */
async function pictureOf(uri: string): Promise<Tensor> {
  const bytes = Uint8Array.from(atob(uri.slice(uri.indexOf(',') + 1)), (character) => character.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }), { colorSpaceConversion: 'none' });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('no canvas');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const grey = data.every((value, i) => i % 4 === 3 || value === data[i - (i % 4)]);
  const plane = width * height;
  const image = tensor([1, grey ? 1 : 3, height, width]);
  for (let i = 0; i < image.data.length; i++) image.data[i] = data[4 * (i % plane) + Math.floor(i / plane)] / 127.5 - 1;
  return image;
}
