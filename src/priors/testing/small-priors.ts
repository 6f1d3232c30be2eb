import {
  add,
  averagePool,
  constant,
  conv2d,
  div,
  type Expr,
  gather,
  mul,
  reshape,
  sqrt,
  sub,
  tanh,
  toInt,
  upsampleNearest,
} from '../../graph/index.js';
import { Random } from '../../tensor/random.js';
import { mapTensor, type Shape, tensor } from '../../tensor/tensor.js';
import type { LatentPrior } from '../prior.js';
import { scaledLinearAlphaBar } from '../schedule.js';

const base = {
  space: 'latent' as const,
  imageShape: [1, 16, 16],
  sizeMultiple: 8,
  alphaBar: scaledLinearAlphaBar(),
};
const schedule = constant(tensor([base.alphaBar.length], base.alphaBar));
/** abar_t as [N, 1, 1, 1]. */
const levels = (t: Expr): Expr => reshape(gather(schedule, toInt(t)), [t.shape[0], 1, 1, 1]);

/** Independent Gaussian latents [1, h, w], each a block of 4 x 4 pixels, with the exact denoiser: every position is by itself. */
export function pointwisePrior(deviation: number): LatentPrior {
  return {
    ...base,
    name: 'pointwise',
    latentShape: [1, 4, 4],
    encode: (x) => averagePool(x, 4),
    decode: (z) => upsampleNearest(z, 4),
    epsilon(z, t) {
      const level = levels(t);
      return div(mul(sqrt(sub(1, level)), z), sub(1, mul(level, 1 - deviation ** 2)));
    },
  };
}

/** Latents [2, h, w] and curved networks of 3 x 3 convolutions, whose values depend on neighbours and on borders. */
export function convolutionalPrior(seed: number): LatentPrior {
  const random = new Random(seed);
  const kernel = (...shape: Shape): Expr => constant(mapTensor(random.normals(shape), (v) => v / 3));
  const [up, out, down, noise] = [kernel(3, 2, 3, 3), kernel(1, 3, 3, 3), kernel(2, 1, 3, 3), kernel(2, 2, 3, 3)];
  const decoder = (z: Expr): Expr => conv2d(tanh(upsampleNearest(conv2d(z, up, { pads: 1 }), 4)), out, { pads: 1 });
  return {
    ...base,
    name: 'convolutional',
    latentShape: [2, 4, 4],
    encode: (x) => conv2d(averagePool(tanh(x), 4), down, { pads: 1 }),
    decode: (z) => add(decoder(z), 0.1),
    decodeContinuous: decoder,
    epsilon: (z, t) => mul(tanh(conv2d(z, noise, { pads: 1 })), sqrt(sub(1, levels(t)))),
  };
}
