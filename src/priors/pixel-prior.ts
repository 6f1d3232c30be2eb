import { add, clip, constant, div, type Expr, log, mul, reflectPad, reshape, slice, sqrt, square, sub, sum } from '../graph/index.js';
import { checkWeights, constantParams, scope } from '../nn/index.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import type { DenoiserPriorConfig, PixelPriorConfig } from './config.js';
import { denoiser, denoiserMultiple } from './denoiser.js';
import { noiseEstimate } from './noise-estimate.js';
import type { PixelPrior, Prior } from './prior.js';
import { DENOISER_PREFIX, priorSpecs, UNET_PREFIX } from './prior-specs.js';
import { alphaBarOf } from './schedule.js';

/**
 * A denoiser of a continuous noise level with its weights. Images of any size: where the network asks for sides of a certain multiple, they
 * are mirrored at the bottom and right up to it.
 * @param weights full names (`denoiser....`), exactly those of the model
 * @throws UserError naming a tensor that is missing, misshapen or unknown
 */
export function denoiserPrior(config: DenoiserPriorConfig, weights: ReadonlyMap<string, Tensor>): PixelPrior {
  checkWeights(priorSpecs(config), weights);
  const params = scope(constantParams(weights), DENOISER_PREFIX);
  const { channels, sigmaMin, sigmaMax } = config.denoiser;
  return {
    space: 'pixel',
    name: config.name,
    channels,
    noise: [sigmaMin, sigmaMax],
    denoise: (x, sigma) => onMultiple(x, denoiserMultiple(config.denoiser), (wide) => denoiser(params, config.denoiser, wide, sigma)),
  };
}

/** A diffusion model on images with a schedule of levels, as a solver of either kind of noise sees it. */
export interface PixelDiffusion extends PixelPrior, Pick<Prior, 'alphaBar' | 'epsilon'> {}

/**
 * A diffusion model on images themselves (Ho et al., NeurIPS 2020; Dhariwal and Nichol, NeurIPS 2021). Its levels are numbered; a sigma
 * between two is a level between them, linear in ln sigma, which its time embedding takes as well.
 * @param weights full checkpoint names (`model.diffusion_model....`), exactly those of the model
 * @throws UserError naming a tensor that is missing, misshapen or unknown
 */
export function pixelPrior(config: PixelPriorConfig, weights: ReadonlyMap<string, Tensor>): PixelDiffusion {
  checkWeights(priorSpecs(config), weights);
  const unet = scope(constantParams(weights), UNET_PREFIX);
  const alphaBar = alphaBarOf(config.schedule);
  const epsilon = (z: Expr, t: Expr): Expr => noiseEstimate(unet, config, z, t);
  const sigmas = Array.from(alphaBar, (a) => Math.sqrt((1 - a) / a));
  const { inChannels, channelMult } = config.unet;
  return {
    space: 'pixel',
    name: config.name,
    channels: inChannels,
    noise: [sigmas[0], sigmas[sigmas.length - 1]],
    alphaBar,
    epsilon,
    denoise(x, sigma) {
      const n = sigma.shape[0];
      const s = reshape(sigma, [n, 1, 1, 1]);
      const t = levelOf(sigma, sigmas);
      const noise = (wide: Expr) => epsilon(div(wide, sqrt(add(square(s), 1))), t); // z = sqrt(abar) x, abar = 1 / (1 + sigma^2)
      return sub(x, mul(s, onMultiple(x, 2 ** (channelMult.length - 1), noise)));
    },
  };
}

/** Where sigma [N] lies among rising ones: the number of those before it, and linearly in the logarithm between two. [N] */
function levelOf(sigma: Expr, sigmas: readonly number[]): Expr {
  const logs = sigmas.map(Math.log);
  const gaps = logs.slice(1).map((value, k) => value - logs[k]);
  const row = (values: readonly number[]): Expr => constant(tensor([1, values.length], Float32Array.from(values)));
  const passed = div(sub(log(reshape(sigma, [sigma.shape[0], 1])), row(logs.slice(0, -1))), row(gaps));
  return sum(clip(passed, 0, 1), [1]);
}

/** A network that needs sides of a certain multiple, on images of any: mirrored at the bottom and right, and cut again. */
function onMultiple(x: Expr, multiple: number, network: (x: Expr) => Expr): Expr {
  const [, , height, width] = x.shape;
  const more = [height, width].map((side) => (multiple - (side % multiple)) % multiple);
  if (more[0] === 0 && more[1] === 0) return network(x);
  return slice(network(reflectPad(x, [0, 0, 0, 0], [0, 0, ...more])), [0, 0], [height, width], [2, 3]);
}
