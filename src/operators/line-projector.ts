import { callingThread, sharedDoubles, type Workers } from '../runtime/jobs.js';
import { type BackprojectArgs, backproject, lineKernels, type ProjectArgs, paddedLength, project, type TwoWays } from './line-kernels.js';
import type { LinearMap } from './linear-map.js';
import type { ScanRays } from './scan-rays.js';

/** Parts of a job to a thread: some rays meet more of the image than others. */
const PARTS_PER_THREAD = 4;

/**
 * The line integrals along the rays of a scan, `[H * W]` to `[views * bins]`, and their exact transpose, on the threads of a runtime: no
 * matrix is held. Same numbers whatever the threads.
 */
export function lineProjector(rays: ScanRays, workers: Workers = callingThread): LinearMap {
  const { height, width, views, bins } = rays;
  const image: TwoWays = {
    byRows: sharedDoubles(paddedLength(height, width)),
    byColumns: sharedDoubles(paddedLength(width, height)),
  };
  const sinogram = sharedDoubles(views * bins);
  const parts = workers.threads * PARTS_PER_THREAD;
  const viewsPerPart = Math.ceil(views / parts);
  const forward: ProjectArgs = { rays, image, sinogram, viewsPerPart };
  const transposed: BackprojectArgs = { rays, image, sinogram, bands: parts };
  // the arrays serve every call, so calls follow one another
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(call: () => Promise<T>): Promise<T> => {
    const turn = last.then(call);
    last = turn.catch(() => {});
    return turn;
  };
  return {
    forward: (x) =>
      inTurn(async () => {
        for (let i = 0; i < height; i++)
          for (let j = 0; j < width; j++) {
            const value = x[i * width + j];
            image.byRows[i * (width + 2) + j + 1] = value;
            image.byColumns[j * (height + 2) + i + 1] = value;
          }
        await workers.run({ module: lineKernels, work: project, args: forward, parts: Math.ceil(views / viewsPerPart) });
        return sinogram.slice();
      }),
    adjoint: (r) =>
      inTurn(async () => {
        sinogram.set(r);
        image.byRows.fill(0);
        image.byColumns.fill(0);
        await workers.run({ module: lineKernels, work: backproject, args: transposed, parts: 2 * parts });
        const x = new Float64Array(height * width);
        for (let i = 0; i < height; i++)
          for (let j = 0; j < width; j++)
            x[i * width + j] = image.byRows[i * (width + 2) + j + 1] + image.byColumns[j * (height + 2) + i + 1];
        // the zeros at the ends of lines, where rays that graze the image left something
        image.byRows.fill(0);
        image.byColumns.fill(0);
        return x;
      }),
  };
}
