import { join } from 'node:path';
import { ddimStep, timeGrid, tweedie } from '../../diffusion/index.js';
import { clip, input } from '../../graph/index.js';
import { writePng } from '../../io/node/index.js';
import { constantParams } from '../../nn/index.js';
import { decode, encode } from '../../priors/first-stage.js';
import type { LatentPrior, PixelPrior } from '../../priors/prior.js';
import type { Runtime } from '../../runtime/index.js';
import { Random } from '../../tensor/random.js';
import { clampToImage, full, mapTensor, type Tensor, tensor } from '../../tensor/tensor.js';
import type { Weights } from '../adamw.js';
import type { CommonTrainConfig, TrainConfig } from '../config.js';
import { type ImageSource, stack } from '../data.js';

const COUNT = 4;
/** Images that no training step sees: far beyond the numbers it draws. */
const UNSEEN = 2_000_000_000;
/** Levels of the DDIM that draws the samples. */
const STEPS = 50;

/** Unseen images above, their round trips below. */
export async function roundTripPicture(
  config: TrainConfig,
  weights: Weights,
  source: ImageSource,
  runtime: Runtime,
  name: string,
): Promise<void> {
  const images = stack(await Promise.all(Array.from({ length: COUNT }, (_, i) => source(UNSEEN + i))));
  const params = constantParams(weights);
  const trip = decode(params, config.prior.firstStage, encode(params, config.prior.firstStage, input('x', images.shape)));
  const compiled = await runtime.compile({ y: clip(trip, -1, 1) }, { name: 'round trip' });
  const { y } = await compiled.run({ x: images });
  await compiled.dispose();
  await writePng(join(config.work, name), tiles([images, y]));
}

/** Samples of the prior, drawn by DDIM from fixed noise. */
export async function samplePicture(prior: LatentPrior, config: CommonTrainConfig, runtime: Runtime, name: string): Promise<void> {
  const shape = [COUNT, ...prior.latentShape];
  const z = input('z', shape);
  const denoiser = await runtime.compile({ epsilon: prior.epsilon(z, input('t', [COUNT])) }, { name: 'denoiser' });
  const decoder = await runtime.compile({ x: clip(prior.decode(z), -1, 1) }, { name: 'decoder' });
  const random = new Random(config.seed).fork('samples');
  let latent = random.normals(shape);
  for (const level of timeGrid(prior.alphaBar, STEPS).reverse()) {
    const { epsilon } = await denoiser.run({ z: latent, t: full(level.t, [COUNT]) });
    latent = ddimStep(tweedie(latent, epsilon, level.alphaBar), epsilon, level, random);
  }
  const { x } = await decoder.run({ z: latent });
  await denoiser.dispose();
  await decoder.dispose();
  await writePng(join(config.work, name), tiles([x]));
}

/** Noise levels of `denoisedPicture`, one an image. */
const LEVELS = [0.03, 0.1, 0.3, 1];

/** Unseen images with noise, and the clean estimates of them. */
export async function denoisedPicture(
  prior: PixelPrior,
  config: CommonTrainConfig,
  source: ImageSource,
  runtime: Runtime,
  name: string,
): Promise<void> {
  const x = stack(await Promise.all(LEVELS.map((_, i) => source(UNSEEN + i))));
  const noise = new Random(config.seed).fork('noise').normals(x.shape);
  const size = x.data.length / LEVELS.length;
  noise.data.forEach((n, i) => {
    x.data[i] += LEVELS[Math.floor(i / size)] * n;
  });
  const denoise = prior.denoise(input('x', x.shape), input('sigma', [LEVELS.length]));
  const compiled = await runtime.compile({ clean: clip(denoise, -1, 1) }, { name: 'denoiser' });
  const { clean } = await compiled.run({ x, sigma: tensor([LEVELS.length], LEVELS) });
  await compiled.dispose();
  await writePng(join(config.work, name), tiles([mapTensor(x, clampToImage), clean]));
}

/** Batches [N, C, H, W] as rows of one picture [C, rows H, N W]. */
function tiles(rows: readonly Tensor[]): Tensor {
  const [count, channels, height, width] = rows[0].shape;
  const out = tensor([channels, rows.length * height, count * width]);
  rows.forEach((row, r) => {
    for (let n = 0; n < count; n++) {
      for (let c = 0; c < channels; c++) {
        for (let i = 0; i < height; i++) {
          const from = ((n * channels + c) * height + i) * width;
          out.data.set(row.data.subarray(from, from + width), ((c * rows.length + r) * height + i) * count * width + n * width);
        }
      }
    }
  });
  return out;
}
