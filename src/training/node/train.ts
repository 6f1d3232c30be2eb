import { readFile } from 'node:fs/promises';
import { input } from '../../graph/index.js';
import { checked, parseJson } from '../../io/checked.js';
import { ensureWritableFolder } from '../../io/node/index.js';
import { constantParams } from '../../nn/index.js';
import { latentPrior } from '../../priors/families/latent.js';
import { encode, firstStageSpecs } from '../../priors/first-stage.js';
import { FIRST_STAGE_PREFIX, UNET_PREFIX } from '../../priors/prefixes.js';
import { unetSpecs } from '../../priors/unet.js';
import type { Runtime } from '../../runtime/index.js';
import { UsageError } from '../../tensor/errors.js';
import { Random } from '../../tensor/random.js';
import { reshapeTensor, type Tensor, tensor } from '../../tensor/tensor.js';
import type { Weights } from '../adamw.js';
import { fitCodebook } from '../codebook.js';
import { type AnyTrainConfig, type DenoiserTrainConfig, denoiserTrainSchema, type TrainConfig, trainSchema } from '../config.js';
import type { ImageSource } from '../data.js';
import { diffusionPhase } from '../diffusion-training.js';
import { firstStagePhases } from '../first-stage-training.js';
import { guardPrior, writePrior } from './finished-prior.js';
import { roundTripPicture, samplePicture } from './pictures.js';
import { imageSource, runStage, type Stage, stageState, type TrainContext, type TrainProgress } from './stages.js';
import { trainDenoiser } from './train-denoiser.js';

export type { StartingPrior, TrainContext, TrainProgress } from './stages.js';

/** Mean square distances of latents to codes, pass by pass, in a state whose book has been fitted. */
const FITTED = 'codebook fitted';

/** Read and check a training configuration. @throws UserError naming the field and what it should be */
export async function readTrainConfig(path: string): Promise<AnyTrainConfig> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new UsageError(`Cannot read the configuration ${path}. Name a JSON file; priors/ct/train.json is an example.`, { cause });
  });
  const json = parseJson(text, path, 'Correct it.', UsageError);
  const { kind } = (json as { prior?: { kind?: string } } | null)?.prior ?? {};
  const refuse = (problems: string) => new UsageError(`${path} is not a training configuration. ${problems}.`);
  return kind === 'denoiser' ? checked(denoiserTrainSchema, json, refuse) : checked(trainSchema, json, refuse);
}

/**
 * Train a prior, and write it to `config.out`: a denoiser of images, or of a latent prior the first stage and then the diffusion model on
 * its latents. From `context.from`, it starts with that prior's weights. Everything is seeded; a checkpoint in `config.work` is gone on
 * from. Yields after every step; stop by leaving the loop or by the signal.
 */
export async function* train(config: AnyTrainConfig, context: TrainContext): AsyncGenerator<TrainProgress, void> {
  await ensureWritableFolder(config.work);
  await ensureWritableFolder(config.out);
  await guardPrior(config, context);
  yield* isDenoiser(config) ? trainDenoiser(config, context) : trainLatent(config, context);
}

function isDenoiser(config: AnyTrainConfig): config is DenoiserTrainConfig {
  return config.prior.kind === 'denoiser';
}

async function* trainLatent(config: TrainConfig, context: TrainContext): AsyncGenerator<TrainProgress, void> {
  const { inChannels, resolution } = config.prior.firstStage;
  const source = await imageSource(config, inChannels, resolution);
  const { from } = context;
  const frozen = config.firstStage.phases.length === 0;
  if (frozen && from === undefined) {
    throw new UsageError(
      'firstStage.phases is empty and there is no prior to take the first stage from. Add phases, or start from a prior.',
    );
  }

  const firstStage = await stageState(
    config,
    'first-stage',
    firstStageSpecs(config.prior.firstStage),
    { ...config.prior.firstStage, ...config.firstStage },
    from,
    FIRST_STAGE_PREFIX,
  );
  const phases = firstStagePhases(config.prior.firstStage, config.firstStage, source, firstStage.state);
  const showRoundTrip = (weights: Weights, name: string) => roundTripPicture(config, weights, source, context.runtime, name);
  yield* runStage('first stage', config, firstStage, phases, config.firstStage, context, showRoundTrip);

  const weights = firstStage.state.average;
  if (!frozen) await fitCodebookOnce(config, firstStage, source, context.runtime);
  // a frozen first stage keeps the scale that the diffusion model was trained with
  const known = frozen && from?.config.kind === 'latent' ? from.config.scaleFactor : undefined;
  const { scale, latents } = await latentSource(config, weights, source, context.runtime, known);
  const prior = { ...config.prior, scaleFactor: scale };
  const diffusion = await stageState(
    config,
    'diffusion',
    unetSpecs(prior.unet),
    // not its kind, which every trained prior shares and earlier checkpoints do not state
    { ...config.prior, kind: undefined, ...config.diffusion },
    from,
    UNET_PREFIX,
  );
  const whole = (): Weights => join(weights, diffusion.state.average);
  const phase = diffusionPhase(prior, config.diffusion, latents, latentPrior(prior, whole()).alphaBar);
  const showSamples = (_weights: Weights, name: string) => samplePicture(latentPrior(prior, whole()), config, context.runtime, name);
  yield* runStage('diffusion', config, diffusion, [phase], config.diffusion, context, showSamples);

  await writePrior(config, prior, whole());
}

/** The last act of a VQ first stage, marked in its state so that a training that is resumed does not repeat it. */
async function fitCodebookOnce(config: TrainConfig, { state, save }: Stage, source: ImageSource, runtime: Runtime): Promise<void> {
  const { firstStage } = config.prior;
  if (firstStage.kind !== 'vq' || state.extra.has(FITTED)) return;
  const random = new Random(config.seed).fork('codebook');
  const errors = await fitCodebook(runtime, firstStage, state.average, source, config.firstStage.codebook, random);
  state.extra.set(FITTED, tensor([errors.length], errors));
  await save();
}

/** Latents of the source's images, divided by their standard deviation, which is measured once on 16 images. */
async function latentSource(config: TrainConfig, weights: Weights, source: ImageSource, runtime: Runtime, known?: number) {
  const { firstStage } = config.prior;
  const shape = [1, firstStage.inChannels, firstStage.resolution, firstStage.resolution];
  const encoder = await runtime.compile({ z: encode(constantParams(weights), firstStage, input('x', shape)) }, { name: 'encoder' });
  const raw = async (index: number): Promise<Tensor> => {
    const { z } = await encoder.run({ x: reshapeTensor(await source(index), shape) });
    return reshapeTensor(z, z.shape.slice(1));
  };
  const measure = async () => {
    let power = 0;
    const measured = 16;
    for (let i = 0; i < measured; i++) {
      const { data } = await raw(i);
      power += data.reduce((sum, v) => sum + v * v, 0) / data.length / measured;
    }
    return Number((1 / Math.sqrt(power)).toPrecision(6));
  };
  const scale = known ?? (await measure());
  // numbered apart from the images of the first stage, so that the diffusion model sees new ones
  const latents = async (index: number): Promise<Tensor> => {
    const z = await raw(1_000_000_000 + index);
    return { shape: z.shape, data: z.data.map((v) => v * scale) };
  };
  return { scale, latents };
}

function join(firstStage: Weights, unet: Weights): Weights {
  const all: Weights = new Map();
  for (const [name, t] of unet) all.set(`${UNET_PREFIX}.${name}`, t);
  for (const [name, t] of firstStage) all.set(`${FIRST_STAGE_PREFIX}.${name}`, t);
  return all;
}
