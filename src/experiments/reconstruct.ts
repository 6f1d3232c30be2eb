import { psnr, residual, ssim, type TissueErrors, tissueErrors } from '../metrics/index.js';
import { measure } from '../operators/index.js';
import type { Runtime } from '../runtime/index.js';
import { type Counts, noCounts, type Reconstruction, type Step } from '../solvers/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImagingProblem } from './problem.js';
import { meanOf, type Samples, summariseSamples } from './samples.js';

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
  /** Of a CT: error in HU by tissue. */
  readonly hu?: TissueErrors;
  /** Of several samples; the image is their mean then. */
  readonly samples?: Samples;
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

/** Iterate a solver to its end and measure what came out. To abort, abort the signal of the solver's context. */
export async function reconstruct(
  run: Reconstruction,
  problem: ImagingProblem,
  runtime: Runtime,
  options: ReconstructOptions = {},
): Promise<Outcome> {
  const { truth = problem.truth } = options;
  const start = performance.now();
  const steps: StepRecord[] = [];
  let counts: Counts = noCounts();
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
    ...compare(image, truth, problem),
  };
}

/**
 * Several reconstructions of one measurement, by random streams of their own, and their mean as the result. The first draws from the stream
 * `solver`, as a single one does.
 * @param run starts one with a stream of that name, on a lane of that number
 * @param lanes how many run side by side (1); what comes out does not depend on it
 */
export async function reconstructSamples(
  count: number,
  run: (stream: string, lane: number) => Reconstruction,
  problem: ImagingProblem,
  runtime: Runtime,
  options: ReconstructOptions = {},
  lanes = 1,
): Promise<Outcome> {
  const { truth = problem.truth, onStep } = options;
  if (count === 1) return reconstruct(run('solver', 0), problem, runtime, options);
  const start = performance.now();
  const outcomes: Outcome[] = new Array(count);
  const wholes: Tensor[] = new Array(count);
  const done: number[] = new Array(count).fill(0);
  const one = async (k: number, lane: number): Promise<void> => {
    const counted = (step: Step) => {
      done[k] = step.step;
      const all = done.reduce((sum, steps) => sum + steps, 0);
      onStep?.({ ...step, step: all, steps: count * step.steps, stage: `sample ${k + 1} of ${count}, ${step.stage}` });
    };
    const keeping = async function* (inner: Reconstruction): Reconstruction {
      wholes[k] = yield* inner;
      return wholes[k];
    };
    outcomes[k] = await reconstruct(keeping(run(k === 0 ? 'solver' : `solver ${k}`, lane)), problem, runtime, {
      ...options,
      onStep: counted,
    });
  };
  let next = 0;
  const inTurn = async (lane: number): Promise<void> => {
    try {
      while (next < count) await one(next++, lane);
    } catch (error) {
      next = count; // the other lanes start no more
      throw error;
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => inTurn(lane)));
  const images = outcomes.map(({ image }) => image);
  const image = meanOf(images);
  return {
    ...outcomes[0],
    image,
    counts: outcomes.map(({ counts }) => counts).reduce(sumOfCounts),
    seconds: (performance.now() - start) / 1000,
    peakMemoryMB: options.peakMemoryMB?.(),
    residual: await residualOf(meanOf(wholes), problem, runtime),
    samples: summariseSamples(images, truth),
    ...compare(image, truth, problem),
  };
}

function sumOfCounts(a: Counts, b: Counts): Counts {
  return Object.fromEntries(Object.entries(a).map(([name, value]) => [name, value + b[name as keyof Counts]])) as unknown as Counts;
}

/** ||A x - y||^2 / m of any image. */
export async function residualOf(image: Tensor, { operator, y }: ImagingProblem, runtime: Runtime): Promise<number> {
  return residual(await measure(operator, image, runtime), y);
}

function compare(image: Tensor, truth: Tensor | undefined, { scale }: ImagingProblem): Pick<Outcome, 'psnr' | 'ssim' | 'hu'> {
  if (truth === undefined) return {};
  return { psnr: psnr(image, truth), ssim: ssim(image, truth), ...(scale && { hu: tissueErrors(image, truth, scale) }) };
}
