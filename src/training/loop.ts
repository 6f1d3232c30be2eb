import { type Expr, grad } from '../graph/index.js';
import type { Compiled, Runtime } from '../runtime/index.js';
import type { Random } from '../tensor/random.js';
import type { Tensor } from '../tensor/tensor.js';
import { adamwStep, averageInto, learningRateAt, type Weights, zerosLike } from './adamw.js';
import type { OptimiserConfig } from './config.js';

/** Everything that a training must keep to go on as if it had never stopped. */
export interface TrainState {
  /** Steps done. */
  step: number;
  readonly weights: Weights;
  /** Moving average of the weights. */
  readonly average: Weights;
  /** First and second moments of AdamW. */
  readonly first: Weights;
  readonly second: Weights;
  /** Whatever else a phase keeps between steps. */
  readonly extra: Weights;
}

/** The state before the first step. */
export function newState(weights: Weights): TrainState {
  const average: Weights = new Map([...weights].map(([name, t]) => [name, { shape: t.shape, data: t.data.slice() }]));
  return { step: 0, weights, average, first: zerosLike(weights), second: zerosLike(weights), extra: new Map() };
}

/** What is reported after a step. */
export interface TrainStep {
  readonly step: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
  /** `loss` and its parts. */
  readonly losses: Readonly<Record<string, number>>;
}

/** One way of making batches and the loss on them; a training may go through several, with one set of weights. */
export interface Phase {
  readonly steps: number;
  /** `losses.loss` is minimised; the others, and `extra`, are computed beside it. Weights are inputs named as in `state.weights`. */
  readonly losses: Readonly<Record<string, Expr>>;
  readonly extra?: Readonly<Record<string, Expr>>;
  /** The weights as they appear in `losses`. */
  readonly parameters: ReadonlyMap<string, Expr>;
  /** Feeds other than the weights, from the step's number and a generator of its own. */
  batch(step: number, random: Random): Promise<Record<string, Tensor>>;
  /** Called after the update with all outputs. */
  after?(step: number, outputs: Readonly<Record<string, Tensor>>, random: Random): void;
}

/**
 * Minimise by AdamW, from `state.step` to the end of the last phase. Yields after every step; leave the loop to stop.
 * @param random the same generator gives the same training, wherever it is interrupted
 */
export async function* trainLoop(
  runtime: Runtime,
  state: TrainState,
  phases: readonly Phase[],
  optimiser: OptimiserConfig,
  random: Random,
  signal?: AbortSignal,
): AsyncGenerator<TrainStep, void> {
  const steps = phases.reduce((total, p) => total + p.steps, 0);
  let end = 0;
  for (const phase of phases) {
    end += phase.steps;
    if (state.step >= end) continue;
    const compiled = await compilePhase(runtime, phase);
    try {
      while (state.step < end) {
        const own = random.fork(`step ${state.step}`);
        const feeds = await phase.batch(state.step, own);
        for (const [name, value] of state.weights) feeds[name] = value;
        const outputs = await compiled.run(feeds, { signal });
        const learningRate = learningRateAt(state.step, {
          rate: optimiser.learningRate,
          warmup: optimiser.warmup,
          steps,
          floor: optimiser.floor,
        });
        state.step++;
        const gradientNorm = adamwStep(
          state.weights,
          state.first,
          state.second,
          (name) => outputs[`d ${name}`].data,
          state.step,
          learningRate,
          optimiser,
        );
        averageInto(state.average, state.weights, optimiser.ema, state.step);
        phase.after?.(state.step, outputs, own);
        const losses = Object.fromEntries(Object.keys(phase.losses).map((name) => [name, outputs[name].data[0]]));
        yield { step: state.step, steps, learningRate, gradientNorm, losses };
      }
    } finally {
      await compiled.dispose();
    }
  }
}

function compilePhase(runtime: Runtime, phase: Phase): Promise<Compiled> {
  const outputs: Record<string, Expr> = { ...phase.losses, ...phase.extra };
  const names = [...phase.parameters.keys()];
  grad(phase.losses.loss, [...phase.parameters.values()]).forEach((g, i) => {
    outputs[`d ${names[i]}`] = g;
  });
  return runtime.compile(outputs, { name: 'training step' });
}
