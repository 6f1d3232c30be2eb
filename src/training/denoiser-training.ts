import { type Expr, input, mean, mul, reshape, square, sub } from '../graph/index.js';
import { inputParams, type Params } from '../nn/index.js';
import type { DenoiserConfig } from '../priors/config.js';
import { denoiser } from '../priors/denoiser.js';
import type { Random } from '../tensor/random.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import type { DenoiserTrainConfig } from './config.js';
import { cropBatch, type ImageSource, Pool } from './data.js';
import type { Phase } from './loop.js';

/**
 * Loss of EDM (Karras et al., NeurIPS 2022, eq. 2 and table 1): the mean of `weight(sigma) (D(x + sigma n, sigma) - x)^2`, with the weight
 * `(sigma^2 + sigmaData^2) / (sigma sigmaData)^2` that makes every level count alike at the start.
 * @param clean x,
 * @param noised x + sigma n, both [N, C, H, W];
 * @param sigma [N];
 * @param weight of every level, [N]
 */
export function denoiserLoss(params: Params, config: DenoiserConfig, clean: Expr, noised: Expr, sigma: Expr, weight: Expr): Expr {
  const off = sub(denoiser(params, config, noised, sigma), clean);
  return mean(mul(square(off), reshape(weight, [weight.shape[0], 1, 1, 1])));
}

/** The weight of a level in `denoiserLoss`. */
export function levelWeight(sigma: number, { sigmaData }: Pick<DenoiserConfig, 'sigmaData'>): number {
  return (sigma ** 2 + sigmaData ** 2) / (sigma * sigmaData) ** 2;
}

/** The one phase of a denoiser's training. Weights are named without a prefix. */
export function denoiserPhase(config: DenoiserConfig, training: DenoiserTrainConfig['denoiser'], source: ImageSource): Phase {
  const { batch: count, crop } = training;
  const pool = new Pool(source, training.pool, training.fresh);
  const { params, specs } = inputParams();
  const shape = [count, config.channels, crop, crop];
  const levels = [count];
  const loss = denoiserLoss(params, config, input('clean', shape), input('noised', shape), input('sigma', levels), input('weight', levels));
  return {
    steps: training.steps,
    losses: { loss },
    parameters: new Map<string, Expr>(specs.map((s) => [s.name, params(s.name, s.shape, s.init)])),
    async batch(step, random) {
      const clean = cropBatch(await pool.draw(step, count, random), crop, random);
      return noisedBatch(clean, drawLevels(count, training.logSigma, config, random), config, random);
    },
  };
}

/**
 * Noise levels of a batch: ln sigma normal, spread evenly over the batch in probability (the same mean, less variance), within what the
 * denoiser knows.
 */
function drawLevels(count: number, [centre, deviation]: readonly [number, number], config: DenoiserConfig, random: Random): number[] {
  const offset = random.uniform();
  return Array.from({ length: count }, (_, i) => {
    const sigma = Math.exp(centre + deviation * normalQuantile((i + offset) / count));
    return Math.min(config.sigmaMax, Math.max(config.sigmaMin, sigma));
  });
}

/** The feeds of `denoiserPhase` for images and their levels. */
export function noisedBatch(
  clean: Tensor,
  sigmas: readonly number[],
  config: DenoiserConfig,
  random: Pick<Random, 'normals'>,
): Record<string, Tensor> {
  const noised = random.normals(clean.shape);
  const size = clean.data.length / sigmas.length;
  for (let i = 0; i < clean.data.length; i++) noised.data[i] = clean.data[i] + sigmas[Math.floor(i / size)] * noised.data[i];
  const levels = [sigmas.length];
  const weights = sigmas.map((sigma) => levelWeight(sigma, config));
  return { clean, noised, sigma: tensor(levels, sigmas), weight: tensor(levels, weights) };
}

/** Where the standard normal distribution function is p, to 5e-4 (Abramowitz and Stegun, 26.2.23): levels need no more. */
function normalQuantile(p: number): number {
  const tail = Math.max(Math.min(p, 1 - p), 1e-12);
  const t = Math.sqrt(-2 * Math.log(tail));
  const far = t - (2.515517 + 0.802853 * t + 0.010328 * t ** 2) / (1 + 1.432788 * t + 0.189269 * t ** 2 + 0.001308 * t ** 3);
  return p < 0.5 ? -far : far;
}
