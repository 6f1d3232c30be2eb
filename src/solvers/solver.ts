import type { Operator } from '../operators/operator.js';
import type { Runtime } from '../runtime/index.js';
import type { Random } from '../tensor/random.js';
import type { Tensor } from '../tensor/tensor.js';
import type { CompiledGraphs } from './networks/compiled-graphs.js';

/** What was measured: `y = operator(x) + n`, `n ~ N(0, sigma^2 I)`. */
export interface Problem {
  readonly operator: Operator;
  /** `[1, ...operator.outputShape]`: observed measurements only. */
  readonly y: Tensor;
  /** Standard deviation of the noise, in the unit of y; 0 for exact measurements. */
  readonly sigma: number;
}

/** What a solver runs on. */
export interface SolverContext {
  readonly runtime: Runtime;
  /** The only source of randomness: same seed, same device, same bits. */
  readonly random: Random;
  /** Checked before every run of a graph; when aborted, the generator throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Compiled graphs to share between reconstructions with one prior or operator; the caller disposes of them. */
  readonly graphs?: CompiledGraphs;
  /** Where an earlier run is taken up; only methods whose variant says `restarts` can. */
  readonly from?: Midway;
}

/** A place on the way of an earlier run. */
export interface Midway {
  /** Its clean estimate there, `[1, C, H, W]`. */
  readonly estimate: Tensor;
  /** The share of its steps that was done, from 0 to 1. */
  readonly done: number;
}

/** Work done so far. A gradient of `||A D(z) - y||^2` is one decoder gradient, one operator and one adjoint call. */
export interface Counts {
  /** Evaluations of the denoiser. */
  network: number;
  /** Gradients through the denoiser. */
  networkGradients: number;
  /** Decoder forward and backward passes. */
  decoderGradients: number;
  /** Decoder forward passes without a gradient. */
  decodes: number;
  encodes: number;
  /** Evaluations of A (or of its linear part). */
  operator: number;
  /** Evaluations of the adjoint, or of the vector-Jacobian product of a nonlinear A. */
  adjoint: number;
}

/** What a solver tells on its way: at every diffusion step, and every few iterations inside a long optimisation. */
export interface Step {
  /** 1..steps; stays the same during the optimisation inside one step. */
  readonly step: number;
  readonly steps: number;
  /** The part of the method at work, e.g. `sample`, `pixel`, `latent`, `final`, `done`. */
  readonly stage: string;
  /** Noise level the step starts from, where the method has one. */
  readonly t?: number;
  /** Clean image estimate `[1, C, H, W]`, where one was computed anyway. */
  readonly estimate?: Tensor;
  /** `||A x - y||^2 / m`, to be compared with sigma^2. */
  readonly residual?: number;
  /** A copy: it does not change afterwards. */
  readonly counts: Counts;
}

/** A running reconstruction: yields its steps, returns the image `[1, C, H, W]`, about [-1, 1] and not clipped. `return()` stops it. */
export type Reconstruction = AsyncGenerator<Step, Tensor, void>;

export function noCounts(): Counts {
  return { network: 0, networkGradients: 0, decoderGradients: 0, decodes: 0, encodes: 0, operator: 0, adjoint: 0 };
}

/** Run a reconstruction to its end. @param onStep called with every step. */
export async function finish(reconstruction: Reconstruction, onStep?: (step: Step) => void): Promise<Tensor> {
  for (;;) {
    const next = await reconstruction.next();
    if (next.done) return next.value;
    onStep?.(next.value);
  }
}
