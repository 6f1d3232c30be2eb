import { createHash } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkWeights, initialise, type ParamSpec } from '../../nn/index.js';
import type { PriorConfig } from '../../priors/families/index.js';
import type { Runtime } from '../../runtime/index.js';
import { UsageError } from '../../tensor/errors.js';
import { Random } from '../../tensor/random.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Weights } from '../adamw.js';
import type { CommonTrainConfig, OptimiserConfig } from '../config.js';
import { type ImageSource, mix, phantomSource, photographSource } from '../data.js';
import { type Phase, type TrainState, type TrainStep, trainLoop } from '../loop.js';
import { loadState, saveState } from './checkpoint.js';
import { folderSource } from './folder-source.js';

/** Progress of a training. */
export interface TrainProgress extends TrainStep {
  readonly stage: 'first stage' | 'diffusion' | 'denoiser';
  readonly secondsPerStep: number;
}

/** A prior to start from instead of random weights: fine-tuning. */
export interface StartingPrior {
  readonly config: PriorConfig;
  /** Under full checkpoint names. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Which it is: a checkpoint is gone on from only with the prior it started from. */
  readonly sha256: string;
  /** Its file or folder, which the finished prior never replaces. */
  readonly path?: string;
}

export interface TrainContext {
  readonly runtime: Runtime;
  readonly from?: StartingPrior;
  /** Whether the finished prior may replace another one that is in its folder. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

/** One model in training. */
export interface Stage {
  readonly state: TrainState;
  readonly save: () => Promise<void>;
}

/**
 * Where a model's training stands: its checkpoint, or the weights of a prior, or new ones.
 * @throws UserError for a checkpoint of another training
 */
export async function stageState(
  config: CommonTrainConfig,
  name: string,
  specs: readonly ParamSpec[],
  made: unknown,
  from: StartingPrior | undefined,
  prefix: string,
): Promise<Stage> {
  const path = join(config.work, `${name}.safetensors`);
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([config.seed, config.data, made, ...(from ? [from.sha256] : [])]))
    .digest('hex');
  const initial = () => (from ? startingWeights(from, prefix, specs) : initialise(specs, new Random(config.seed).fork(name)));
  const state = await loadState(path, initial, fingerprint);
  return { state, save: () => saveState(path, state, fingerprint) };
}

/** A copy of one model's weights, without the prefix. @throws UserError naming the tensor that does not fit */
function startingWeights(from: StartingPrior, prefix: string, specs: readonly ParamSpec[]): Weights {
  const weights: Weights = new Map();
  for (const [name, { shape, data }] of from.weights) {
    if (name.startsWith(`${prefix}.`)) weights.set(name.slice(prefix.length + 1), { shape, data: data.slice() });
  }
  checkWeights(specs, weights);
  return weights;
}

/** Every step of one model that is still to do, with log, checkpoints and pictures. */
export async function* runStage(
  stage: TrainProgress['stage'],
  config: CommonTrainConfig,
  { state, save }: Stage,
  phases: readonly Phase[],
  optimiser: OptimiserConfig,
  { runtime, signal }: TrainContext,
  picture: (weights: Weights, name: string) => Promise<void>,
): AsyncGenerator<TrainProgress, void> {
  const log = join(config.work, 'log.jsonl');
  let saved = Date.now();
  let last = Date.now();
  let secondsPerStep = 0;
  try {
    for await (const step of trainLoop(runtime, state, phases, optimiser, new Random(config.seed).fork(stage), signal)) {
      const now = Date.now();
      const seconds = (now - last) / 1000;
      secondsPerStep = secondsPerStep === 0 ? seconds : 0.95 * secondsPerStep + 0.05 * seconds;
      last = now;
      if (step.step % 20 === 0)
        await appendFile(log, `${JSON.stringify({ stage, time: new Date().toISOString(), secondsPerStep, ...step })}\n`);
      if (now - saved > config.checkpointEvery * 1000) {
        await save();
        saved = Date.now();
      }
      if (step.step % config.picturesEvery === 0 || step.step === step.steps) {
        await picture(state.average, `${stage.replace(' ', '-')}-${String(step.step).padStart(6, '0')}.png`);
        last = Date.now();
      }
      yield { ...step, stage, secondsPerStep };
    }
  } finally {
    // also on the way out after a stop: nothing done is lost
    await save();
  }
}

/** The images that a training asks for, [channels, side, side]. @throws UserError when their kind has other channels, or the folder none */
export async function imageSource({ data, seed }: CommonTrainConfig, channels: number, side: number): Promise<ImageSource> {
  if (data.kind !== 'folder') {
    const kinds = { 'ct-phantoms': { make: phantomSource, channels: 1 }, photographs: { make: photographSource, channels: 3 } };
    const made = kinds[data.kind];
    if (channels !== made.channels)
      throw new UsageError(`Data of the kind ${data.kind} have ${made.channels} channels, the prior ${channels}.`);
    return made.make(seed, side);
  }
  if (channels !== 1 && channels !== 3) throw new UsageError(`Image files have 1 or 3 channels, the prior ${channels}.`);
  const { path, synthetic } = data;
  const real = await folderSource(path, seed, channels, side);
  const made = (channels === 1 ? phantomSource : photographSource)(seed, side);
  return synthetic === 0 ? real : mix(real, made, synthetic, seed);
}
