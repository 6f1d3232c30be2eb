import { denoiserMultiple, denoiserSpecs } from '../../priors/denoiser.js';
import { denoiserPrior } from '../../priors/families/denoiser.js';
import { DENOISER_PREFIX } from '../../priors/prefixes.js';
import { UsageError } from '../../tensor/errors.js';
import type { Weights } from '../adamw.js';
import type { DenoiserTrainConfig } from '../config.js';
import { denoiserPhase } from '../denoiser-training.js';
import { writePrior } from './finished-prior.js';
import { denoisedPicture } from './pictures.js';
import { imageSource, runStage, stageState, type TrainContext, type TrainProgress } from './stages.js';

/** The training of a denoiser of images; see `train`. */
export async function* trainDenoiser(config: DenoiserTrainConfig, context: TrainContext): AsyncGenerator<TrainProgress, void> {
  const { prior, denoiser: training, side } = config;
  const multiple = denoiserMultiple(prior.denoiser);
  if (training.crop % multiple !== 0 || training.crop > side)
    throw new UsageError(`denoiser.crop is ${training.crop}: it must be divisible by ${multiple} and at most side, ${side}.`);
  const source = await imageSource(config, prior.denoiser.channels, side);
  const made = { ...prior, side, ...training };
  const stage = await stageState(config, 'denoiser', denoiserSpecs(prior.denoiser), made, context.from, DENOISER_PREFIX);
  const phase = denoiserPhase(prior.denoiser, training, source);
  const whole = (weights: Weights): Weights => new Map([...weights].map(([name, value]) => [`${DENOISER_PREFIX}.${name}`, value]));
  const show = (weights: Weights, name: string) =>
    denoisedPicture(denoiserPrior(prior, whole(weights)), config, source, context.runtime, name);
  yield* runStage('denoiser', config, stage, [phase], training, context, show);
  await writePrior(config, prior, whole(stage.state.average));
}
