import { npyTensor, parseNpy } from '../../io/npy.js';
import type { JobView, JobWish } from '../../studio/api.js';
import { reshapeTensor, type Tensor } from '../../tensor/tensor.js';
import type { Measuring, Solving, Source } from './backend.js';
import type { Uploads } from './uploads.js';

/* What the page wants done, as a server's API has it, and back. */

/** Width in cm of a slice that states none, here as there. */
const USUAL_WIDTH = 25;

/** The request of a run; what it reads is uploaded first. */
export async function requestOf(source: Source, measuring: Measuring, solving: Solving, uploads: Uploads): Promise<JobWish> {
  const { method, seed, samples, prior, preset, set, series } = solving;
  const { task, sigma, noiseSeed, mask, kernel } = measuring;
  const { from } = solving;
  const midway = from && {
    from: await uploads.tensor(reshapeTensor(from.estimate, from.estimate.shape.slice(1)), 'estimate'),
    done: from.done,
  };
  const how = {
    ...midway,
    task,
    sigma,
    noiseSeed,
    method,
    seed,
    samples,
    prior,
    preset,
    set: set as JobWish['set'],
    series,
    baseline: 'none',
  };
  if (source.kind === 'sinogram') {
    const geometry = source.geometry as unknown as JobWish['geometry'];
    return { ...how, measurement: await uploads.tensor(source.y, source.name), geometry };
  }
  const { image, name, ct, pixelSizeCm } = source;
  const [, channels, height, width] = image.shape;
  const what = { size: 'native', channels: channels === 1 ? 1 : 3 } as const;
  const id = uploads.tensor(reshapeTensor(image, [channels, height, width]), name);
  const parts = {
    param: { ...measuring.options },
    ...(task === 'inpaint' && mask && { mask: await uploads.tensor(mask, 'mask') }),
    ...(kernel && { kernel: await uploads.tensor(kernel, 'kernel') }),
  };
  if (measuring.given) return { ...how, ...what, ...parts, frame: 'open', measurement: await id };
  const wide = ct ? { fieldOfView: pixelSizeCm ? pixelSizeCm * height : USUAL_WIDTH } : {};
  return { ...how, ...what, ...parts, ...wide, angles: measuring.views, range: [-1, 1], image: await id };
}

/** How the measurement of a job was made. @param mask and kernel as they were uploaded */
export function measuringOf({ request }: JobView, parts: Pick<Measuring, 'mask' | 'kernel'>): Measuring {
  const { task, angles, param, sigma = 0.01, noiseSeed, seed, measurement, geometry } = request;
  const plain = Object.entries(param).filter((entry): entry is [string, number | string] => /number|string/.test(typeof entry[1]));
  return {
    ...{ task, views: angles, options: Object.fromEntries(plain), sigma, ...parts },
    noiseSeed: noiseSeed ?? seed,
    given: measurement !== undefined && geometry === undefined,
  };
}

/** How it is solved. @param estimate that the job was taken up from, as it was uploaded */
export function solvingOf({ request }: JobView, estimate?: Tensor): Solving {
  const { method, seed, samples, prior, preset, set, series, done = 0 } = request;
  const from = estimate && { from: { estimate: reshapeTensor(estimate, [1, ...estimate.shape]), done } };
  return { ...from, method, seed, samples, set, ...(prior && { prior }), ...(preset && { preset }), ...(series && { series }) };
}

/** An NPY as an image `[1, C, H, W]`. */
export async function imageOfNpy(file: Blob): Promise<Tensor> {
  const x = await tensorOfNpy(file);
  return reshapeTensor(x, [1, ...(x.shape.length === 2 ? [1] : []), ...x.shape.slice(x.shape.length === 4 ? 1 : 0)]);
}

export async function tensorOfNpy(file: Blob): Promise<Tensor> {
  return npyTensor(parseNpy(new Uint8Array(await file.arrayBuffer())));
}
