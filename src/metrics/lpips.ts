import { add, input } from '../graph/index.js';
import { constantParams } from '../nn/index.js';
import type { Runtime } from '../runtime/index.js';
import { UserError } from '../tensor/errors.js';
import { clampToImage, formatShape, mapTensor, reshapeTensor, type Shape, sameShape, type Tensor } from '../tensor/tensor.js';
import { lpipsByDepth, lpipsSide } from './lpips-network.js';
import type { LpipsWeights } from './lpips-weights.js';
import { checkImages } from './unit-range.js';

/** LPIPS made ready for images of one shape. */
export interface Lpips {
  /**
   * LPIPS of two images in [-1, 1], clipped, of the shape compiled for (a leading axis of 1 may be there or not). 0 for equal images,
   * mostly under 1.
   * @throws RangeError when the shapes differ or are not that shape
   */
  distance(a: Tensor, b: Tensor): Promise<number>;
  /** Free the compiled graph. */
  dispose(): Promise<void>;
}

/**
 * Learned perceptual image patch similarity, v0.1, for images `[H, W]`, `[C, H, W]` or `[1, C, H, W]` of one channel (grey, repeated to
 * three) or three (red, green, blue). Images are taken at their own size, neither cut nor resized. Dispose of it after use.
 *
 * Source: Zhang, Isola, Efros, Shechtman and Wang, CVPR 2018; equal to the package lpips, `lpips.LPIPS(net=net)`.
 *
 * @throws RangeError when it is no shape of such an image; UserError when a side is under `lpipsSide` (31 for alex, 16 for vgg), or a
 * tensor is missing in the weights
 * @example
 * ```ts
 * import { metrics, type Runtime, type Tensor } from 'posteriori';
 * async function distance(runtime: Runtime, weights: metrics.LpipsWeights, image: Tensor, truth: Tensor) {
 *   const lpips = await metrics.compileLpips(runtime, weights, truth.shape);
 *   return lpips.distance(image, truth).finally(() => lpips.dispose());
 * }
 * ```
 */
export async function compileLpips(runtime: Runtime, weights: LpipsWeights, shape: Shape): Promise<Lpips> {
  const { net, tensors } = weights;
  const image = imageShape(shape);
  const [, , height, width] = image;
  if (Math.min(height, width) < lpipsSide[net])
    throw new UserError(
      `LPIPS with ${net} needs sides of at least ${lpipsSide[net]} pixels: an image of ${height} x ${width} is too small for it.`,
    );
  const [first, ...others] = lpipsByDepth(constantParams(tensors), net, input('a', image), input('b', image));
  const compiled = await runtime.compile({ distance: others.reduce((sum, part) => add(sum, part), first) }, { name: `LPIPS (${net})` });
  return {
    async distance(a, b) {
      checkImages(a, b);
      if (!sameShape(imageShape(a.shape), image))
        throw new RangeError(`LPIPS was compiled for images ${formatShape(shape)}, got ${formatShape(a.shape)}`);
      const feed = (x: Tensor): Tensor => mapTensor(reshapeTensor(x, image), clampToImage);
      return (await compiled.run({ a: feed(a), b: feed(b) })).distance.data[0];
    },
    dispose: () => compiled.dispose(),
  };
}

/** `[1, C, H, W]`. */
function imageShape(shape: Shape): Shape {
  const full = [...[1, 1].slice(shape.length - 2), ...shape];
  if (full.length !== 4 || full[0] !== 1 || (full[1] !== 1 && full[1] !== 3))
    throw new RangeError(`LPIPS takes one image of one channel or three, [H,W], [C,H,W] or [1,C,H,W], got ${formatShape(shape)}`);
  return full;
}
