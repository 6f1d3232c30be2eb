import { UserError } from '../tensor/errors.js';
import type { LatentPrior } from './prior.js';

/**
 * The same prior for images of another size than it was trained on, as the papers run 256x256 models at 512x512:
 * its convolutions do not mind; its attention and normalisation see statistics of a larger field.
 * @param height,width in pixels
 * @throws UserError when the prior cannot run at that size, naming the sizes it can.
 */
export function atSize(prior: LatentPrior, height: number, width: number): LatentPrior {
  const [channels, trainedHeight, trainedWidth] = prior.imageShape;
  if (height === trainedHeight && width === trainedWidth) return prior;
  const { sizeMultiple } = prior;
  if (sizeMultiple === undefined || height % sizeMultiple !== 0 || width % sizeMultiple !== 0) {
    const can = sizeMultiple === undefined ? `only ${trainedHeight} x ${trainedWidth}` : `sides that are multiples of ${sizeMultiple}`;
    throw new UserError(
      `The prior "${prior.name}" cannot make images of ${height} x ${width} pixels: it makes ${can}. Choose such a size.`,
    );
  }
  const [latentChannels, latentHeight, latentWidth] = prior.latentShape;
  return {
    ...prior,
    imageShape: [channels, height, width],
    latentShape: [latentChannels, (latentHeight * height) / trainedHeight, (latentWidth * width) / trainedWidth],
  };
}
