import { createHash } from 'node:crypto';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { input } from '../../graph/index.js';
import { ensureWritableFolder, writeAtomically, writeJson } from '../../io/node/index.js';
import { constantParams, initialise, type ParamSpec } from '../../nn/index.js';
import { encode, firstStageSpecs } from '../../priors/first-stage.js';
import { FIRST_STAGE_PREFIX, latentPrior, UNET_PREFIX } from '../../priors/latent-prior.js';
import { writeSafetensors } from '../../priors/safetensors.js';
import { unetSpecs } from '../../priors/unet.js';
import type { Runtime } from '../../runtime/index.js';
import { UserError } from '../../tensor/errors.js';
import { Random } from '../../tensor/random.js';
import { reshaped, type Tensor } from '../../tensor/tensor.js';
import type { Weights } from '../adamw.js';
import { type TrainConfig, trainSchema } from '../config.js';
import { type ImageSource, phantomSource } from '../data.js';
import { diffusionPhase } from '../diffusion-training.js';
import { firstStagePhases } from '../first-stage-training.js';
import { type Phase, type TrainState, type TrainStep, trainLoop } from '../loop.js';
import { loadState, saveState } from './checkpoint.js';
import { folderSource } from './folder-source.js';
import { roundTripPicture, samplePicture } from './pictures.js';

/** Progress of `train`. */
export interface TrainProgress extends TrainStep {
  readonly stage: 'first stage' | 'diffusion';
  readonly secondsPerStep: number;
}

export interface TrainContext {
  readonly runtime: Runtime;
  readonly signal?: AbortSignal;
}

/** Read and check a training configuration. @throws UserError naming the field and what it should be */
export async function readTrainConfig(path: string): Promise<TrainConfig> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new UserError(`Cannot read the configuration ${path}. Name a JSON file; priors/ct/train.json is an example.`, {
      exitCode: 2,
      cause,
    });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${path} is not valid JSON: ${(cause as Error).message}.`, { exitCode: 2, cause });
  }
  const parsed = trainSchema.safeParse(json);
  if (!parsed.success)
    throw new UserError(`${path} is not a training configuration. ${z.prettifyError(parsed.error).replace(/\s+/g, ' ')}`, { exitCode: 2 });
  return parsed.data;
}

/**
 * Train a latent prior: its first stage, then its diffusion model on the latents, then write it to `config.out`.
 * Everything is seeded; a checkpoint in `config.work` is gone on from. Yields after every step; stop by leaving the loop or by the signal.
 */
export async function* train(config: TrainConfig, context: TrainContext): AsyncGenerator<TrainProgress, void> {
  await ensureWritableFolder(config.work);
  await ensureWritableFolder(config.out);
  const source = await imageSource(config);

  const firstStage = await stageState(config, 'first-stage', firstStageSpecs(config.prior.firstStage), {
    ...config.prior.firstStage,
    ...config.firstStage,
  });
  const phases = firstStagePhases(config.prior.firstStage, config.firstStage, source, firstStage.state);
  const showRoundTrip = (weights: Weights, name: string) => roundTripPicture(config, weights, source, context.runtime, name);
  yield* runStage('first stage', config, firstStage, phases, config.firstStage, context, showRoundTrip);

  const weights = firstStage.state.average;
  const { scale, latents } = await latentSource(config, weights, source, context.runtime);
  const prior = { ...config.prior, scaleFactor: scale };
  const diffusion = await stageState(config, 'diffusion', unetSpecs(prior.unet), { ...config.prior, ...config.diffusion });
  const whole = (): Weights => joined(weights, diffusion.state.average);
  const phase = diffusionPhase(prior.unet, config.diffusion, latents, latentPrior(prior, whole()).alphaBar);
  const showSamples = (_weights: Weights, name: string) => samplePicture(latentPrior(prior, whole()), config, context.runtime, name);
  yield* runStage('diffusion', config, diffusion, [phase], config.diffusion, context, showSamples);

  await writeAtomically(join(config.out, 'model.safetensors'), writeSafetensors(whole(), { dtype: 'F16' }));
  await writeJson(join(config.out, 'config.json'), prior);
}

interface Stage {
  readonly state: TrainState;
  readonly save: () => Promise<void>;
}

async function stageState(config: TrainConfig, name: string, specs: readonly ParamSpec[], made: unknown): Promise<Stage> {
  const path = join(config.work, `${name}.safetensors`);
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([config.seed, config.data, made]))
    .digest('hex');
  const state = await loadState(path, () => initialise(specs, new Random(config.seed).fork(name)), fingerprint);
  return { state, save: () => saveState(path, state, fingerprint) };
}

async function* runStage(
  stage: TrainProgress['stage'],
  config: TrainConfig,
  { state, save }: Stage,
  phases: readonly Phase[],
  optimiser: TrainConfig['diffusion'] | TrainConfig['firstStage'],
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

async function imageSource(config: TrainConfig): Promise<ImageSource> {
  const { resolution, inChannels } = config.prior.firstStage;
  if (config.data.kind === 'ct-phantoms') return phantomSource(config.seed, resolution);
  if (inChannels !== 1 && inChannels !== 3)
    throw new UserError(`Image files have 1 or 3 channels, the first stage ${inChannels}.`, { exitCode: 2 });
  return folderSource(config.data.path, config.seed, inChannels, resolution);
}

/** Latents of the source's images, divided by their standard deviation, which is measured once on 16 images. */
async function latentSource(config: TrainConfig, weights: Weights, source: ImageSource, runtime: Runtime) {
  const { firstStage } = config.prior;
  const shape = [1, firstStage.inChannels, firstStage.resolution, firstStage.resolution];
  const encoder = await runtime.compile({ z: encode(constantParams(weights), firstStage, input('x', shape)) }, { name: 'encoder' });
  const raw = async (index: number): Promise<Tensor> => {
    const { z } = await encoder.run({ x: reshaped(await source(index), shape) });
    return reshaped(z, z.shape.slice(1));
  };
  let power = 0;
  const measured = 16;
  for (let i = 0; i < measured; i++) {
    const { data } = await raw(i);
    power += data.reduce((sum, v) => sum + v * v, 0) / data.length / measured;
  }
  const scale = Number((1 / Math.sqrt(power)).toPrecision(6));
  // numbered apart from the images of the first stage, so that the diffusion model sees new ones
  const latents = async (index: number): Promise<Tensor> => {
    const z = await raw(1_000_000_000 + index);
    return { shape: z.shape, data: z.data.map((v) => v * scale) };
  };
  return { scale, latents };
}

function joined(firstStage: Weights, unet: Weights): Weights {
  const all: Weights = new Map();
  for (const [name, t] of unet) all.set(`${UNET_PREFIX}.${name}`, t);
  for (const [name, t] of firstStage) all.set(`${FIRST_STAGE_PREFIX}.${name}`, t);
  return all;
}
