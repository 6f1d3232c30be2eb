import { type Expr, input } from '../graph/index.js';
import { inputParams } from '../nn/index.js';
import type { FirstStageConfig } from '../priors/config.js';
import { downsamplingOf } from '../priors/first-stage.js';
import type { Random } from '../tensor/random.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import type { TrainConfig } from './config.js';
import { cropBatch, type ImageSource, Pool } from './data.js';
import type { Phase, TrainState } from './loop.js';
import { firstStageLoss } from './losses.js';

const BOOK = 'quantize.embedding.weight';
const IDLE = 'idle codes';

/** The phases of an autoencoder's training. Weights are named without a prefix. */
export function firstStagePhases(
  config: FirstStageConfig,
  training: TrainConfig['firstStage'],
  source: ImageSource,
  state: TrainState,
): Phase[] {
  const pool = new Pool(source, training.pool, training.fresh);
  // steps since each code was last taken, kept with the state
  if (config.kind === 'vq' && !state.extra.has(IDLE)) state.extra.set(IDLE, tensor([config.nEmbed!]));
  const idle = state.extra.get(IDLE)?.data;
  const total = training.phases.reduce((sum, p) => sum + p.steps, 0);
  return training.phases.map(({ steps, batch, crop }) => {
    const { params, specs } = inputParams();
    const x = input('x', [batch, config.inChannels, crop, crop]);
    const side = crop / downsamplingOf(config);
    const latentShape = [batch, config.embedDim, side, side];
    const { losses, latent, indices } = firstStageLoss(params, config, x, input('noise', latentShape), training.loss);
    const parameters = new Map<string, Expr>(specs.map(({ name, shape, init }) => [name, params(name, shape, init)]));
    return {
      steps,
      losses,
      parameters,
      extra: indices === undefined ? undefined : { latents: latent, indices },
      async batch(step, random) {
        const feeds: Record<string, Tensor> = { x: cropBatch(await pool.draw(step, batch, random), crop, random) };
        if (config.kind === 'kl') feeds.noise = random.normals(latentShape);
        return feeds;
      },
      after(step, outputs, random) {
        if (idle === undefined) return;
        for (let code = 0; code < idle.length; code++) idle[code]++;
        for (const code of outputs.indices.data) idle[code] = 0;
        // the book settles in the last third
        if (training.reviveEvery > 0 && step % training.reviveEvery === 0 && step < (2 / 3) * total) {
          revive(state, idle, training.reviveEvery, outputs.latents, random);
        }
      },
    };
  });
}

/** Move every code that was idle for `patience` steps onto a random latent [N, d, h, w] of the batch. */
function revive(state: TrainState, idle: Float32Array, patience: number, latents: Tensor, random: Random): void {
  const [count, d, height, width] = latents.shape;
  const plane = height * width;
  for (let code = 0; code < idle.length; code++) {
    if (idle[code] < patience) continue;
    idle[code] = 0;
    const n = random.integer(count);
    const at = random.integer(plane);
    for (let c = 0; c < d; c++) {
      const k = code * d + c;
      state.weights.get(BOOK)!.data[k] = state.average.get(BOOK)!.data[k] = latents.data[(n * d + c) * plane + at];
      state.first.get(BOOK)!.data[k] = 0;
      state.second.get(BOOK)!.data[k] = 0;
    }
  }
}
