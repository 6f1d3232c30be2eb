import { input } from '../graph/index.js';
import { psnr, residual, ssim } from '../metrics/index.js';
import type { Runtime } from '../runtime/index.js';
import type { Counts, Reconstruction, Step } from '../solvers/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImagingProblem } from './problem.js';

/** A step as it is kept for the report: without its image. */
export type StepRecord = Pick<Step, 'step' | 'stage' | 't' | 'residual'> & { readonly seconds: number };

/** A finished reconstruction with its figures. */
export interface Outcome {
  /** [1, C, H, W], about [-1, 1], not clipped. */
  readonly image: Tensor;
  readonly steps: readonly StepRecord[];
  readonly counts: Counts;
  /** From the first step to the image, compilation of graphs included, reading of files not. */
  readonly seconds: number;
  /** Most memory the process has held until the end of the run, in MB. */
  readonly peakMemoryMB?: number;
  /** ||A x - y||^2 / m of the image. */
  readonly residual: number;
  readonly psnr?: number;
  readonly ssim?: number;
}

export interface ReconstructOptions {
  /** Called after every step. */
  readonly onStep?: (step: Step) => void;
  /** Tells the most memory that the process has held, in MB. */
  readonly peakMemoryMB?: () => number;
  /** `[1, C, H, W]` of the image sought, by default the problem's. */
  readonly truth?: Tensor;
  /** Takes the image sought out of the one reconstructed, where that is larger. The residual is that of the whole. */
  readonly cut?: (image: Tensor) => Tensor;
}

/** Iterate a solver to its end and measure what came out. Aborting is the business of the solver's own signal. */
export async function reconstruct(
  run: Reconstruction,
  problem: ImagingProblem,
  runtime: Runtime,
  options: ReconstructOptions = {},
): Promise<Outcome> {
  const { truth = problem.truth } = options;
  const start = performance.now();
  const steps: StepRecord[] = [];
  let counts: Counts = { network: 0, decoderGradients: 0, decodes: 0, encodes: 0, operator: 0, adjoint: 0 };
  let next = await run.next();
  while (!next.done) {
    const { step, stage, t, residual } = next.value;
    counts = { ...next.value.counts };
    steps.push({ step, stage, t, residual, seconds: (performance.now() - start) / 1000 });
    options.onStep?.(next.value);
    next = await run.next();
  }
  const whole = next.value;
  const image = options.cut?.(whole) ?? whole;
  const seconds = (performance.now() - start) / 1000;
  const peakMemoryMB = options.peakMemoryMB?.();
  return {
    image,
    steps,
    counts,
    seconds,
    peakMemoryMB,
    residual: await residualOf(whole, problem, runtime),
    ...compare(image, truth),
  };
}

/** ||A x - y||^2 / m of any image. */
export async function residualOf(image: Tensor, { operator, y }: ImagingProblem, runtime: Runtime): Promise<number> {
  const forward = await runtime.compile({ y: operator.apply(input('x', image.shape)) }, { name: 'residual' });
  const predicted = await forward.run({ x: image });
  await forward.dispose();
  return residual(predicted.y, y);
}

function compare(image: Tensor, truth: Tensor | undefined): { psnr?: number; ssim?: number } {
  return truth === undefined ? {} : { psnr: psnr(image, truth), ssim: ssim(image, truth) };
}
