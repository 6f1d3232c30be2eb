import { type Expr, input } from '../graph/index.js';
import { inputParams } from '../nn/index.js';
import type { LatentPriorConfig } from '../priors/families/latent.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import type { TrainConfig } from './config.js';
import { Pool, stack } from './data.js';
import type { Phase } from './loop.js';
import { diffusionLoss } from './losses.js';

/**
 * The one phase of a latent diffusion training. Weights are named without a prefix.
 * @param latents a numbered supply of clean latents [c, h, w], scaled to unit deviation
 * @param alphaBar abar_t of the schedule
 */
export function diffusionPhase(
  config: Pick<LatentPriorConfig, 'unet' | 'schedule'>,
  training: TrainConfig['diffusion'],
  latents: (index: number) => Promise<Tensor>,
  alphaBar: Float64Array,
): Phase {
  const pool = new Pool(latents, training.pool, training.fresh);
  const { params, specs } = inputParams();
  const { inChannels, imageSize } = config.unet;
  const shape = [training.batch, inChannels, imageSize, imageSize];
  const loss = diffusionLoss(params, config, input('zt', shape), input('t', [training.batch]), input('noise', shape));
  return {
    steps: training.steps,
    losses: { loss },
    parameters: new Map<string, Expr>(specs.map((s) => [s.name, params(s.name, s.shape, s.init)])),
    async batch(step, random) {
      const clean = stack(await pool.draw(step, training.batch, random));
      const noise = random.normals(shape);
      // levels spread evenly over the batch (one in each of N equal intervals): the same mean, less variance
      const offset = random.uniform();
      const t = Array.from({ length: training.batch }, (_, i) => Math.floor(((i + offset) / training.batch) * alphaBar.length));
      const zt = tensor(shape);
      const size = clean.data.length / training.batch;
      for (let i = 0; i < clean.data.length; i++) {
        const a = alphaBar[t[Math.floor(i / size)]];
        zt.data[i] = Math.sqrt(a) * clean.data[i] + Math.sqrt(1 - a) * noise.data[i];
      }
      return { zt, t: tensor([training.batch], t), noise };
    },
  };
}
