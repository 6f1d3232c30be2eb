import { UserError } from '../tensor/errors.js';
import { formatShape, type Shape } from '../tensor/tensor.js';

/** Channels, rows, columns. */
export type ImageShape = readonly [channels: number, height: number, width: number];

/**
 * Check the shape of an image that is to be measured.
 * @throws UserError when it is not `[C, H, W]`, or has a side of one pixel: there is nothing to blur, to leave out or to transform.
 */
export function imageShape(shape: Shape): ImageShape {
  const [channels, height, width] = shape;
  if (shape.length !== 3 || !shape.every((n) => Number.isInteger(n) && n >= 1))
    throw new UserError(`An image has the shape [channels, rows, columns]; got ${formatShape(shape)}.`);
  if (height < 2 || width < 2)
    throw new UserError(`The image is ${height} x ${width}: both sides must be at least 2 pixels. Give a larger image.`);
  return [channels, height, width];
}
