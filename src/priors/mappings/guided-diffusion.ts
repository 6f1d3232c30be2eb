import { priorParts } from '../families/index.js';
import { pixelPriorSchema } from '../families/pixel.js';
import { UNET_PREFIX } from '../prefixes.js';
import type { StoredTensor } from '../stored-tensor.js';
import { assumptions, type Conventions, checkedConfig, RESOLUTION, shapesOf } from './conventions.js';
import { inferUNet } from './infer-unet.js';
import { renamed } from './mapped.js';
import { type Recognised, recognised } from './recognised.js';

/** guided-diffusion's large models have heads of 64 channels. */
const HEAD_CHANNELS = 64;

/**
 * The bare state dict of a guided-diffusion UNet (Dhariwal and Nichol, NeurIPS 2021): a pixel prior. Noise schedule and image size
 * are no part of it: DDPM's linear schedule of 1000 levels is assumed, and images of `conventions.resolution`.
 * @param root what precedes the model's names in the file
 */
export function recogniseGuidedDiffusion(
  name: string,
  root: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  conventions: Conventions,
): Recognised {
  const shapes = shapesOf(name, tensors, (tensor) => root + tensor);
  const config = checkedConfig(name, pixelPriorSchema, {
    kind: 'pixel',
    name,
    unet: { ...inferUNet(name, shapes, conventions, HEAD_CHANNELS), imageSize: conventions.resolution ?? RESOLUTION },
  });
  const raw = renamed(priorParts(config).unet!, (full) => root + full.slice(UNET_PREFIX.length + 1));
  return recognised({
    name,
    layout: 'guided-diffusion',
    config,
    tensors,
    sets: { raw },
    assumed: assumptions(conventions, { unet: config.unet }),
    ignorable: (key) => !key.startsWith(root),
  });
}
