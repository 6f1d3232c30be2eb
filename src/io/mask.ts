import { UserError } from '../tensor/errors.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import type { Picture } from './picture.js';
import { luma } from './prepare.js';

/**
 * A mask drawn as inpainting programs take it: white is to be filled in, black is kept, at half the way between them. In a mask with
 * transparent pixels these are to be filled in, whatever their colour.
 * @param name what to call the mask in messages
 * @returns [H, W], 1 where a pixel is kept (observed) and 0 where it is to be filled in
 * @throws UserError when it marks nothing or everything, or when all that is not transparent is white: then either could be meant
 */
export function holesFromPicture(picture: Picture, name = 'The mask'): Tensor {
  const grey = luma(picture.pixels);
  if (picture.alpha === undefined) {
    const observed = keepWhere(grey, (x) => x <= 0);
    const count = total(observed);
    if (count === observed.data.length)
      throw new UserError(`${name} marks nothing to fill in: no pixel of it is bright. Paint white what is to be filled in.`);
    if (count === 0)
      throw new UserError(`${name} marks everything to be filled in: no pixel of it is dark. Paint black what is to be kept.`);
    return observed;
  }
  const observed = observedFromAlpha(picture, name);
  if (observed.data.every((one, i) => one === 0 || grey.data[i] > 0))
    throw new UserError(
      `${name} is white on a transparent ground, and either could be what is to be filled in. Save it without transparency: white what is to be filled in, black what is to be kept.`,
    );
  return observed;
}

/**
 * The pixels of a picture that are there: those at least half opaque. What was erased from it is to be filled in.
 * @param name what to call the picture in messages
 * @returns [H, W], 1 where a pixel is observed and 0 where it is to be filled in
 * @throws UserError when no pixel is transparent, or all are
 */
export function observedFromAlpha(picture: Picture, name = 'The image'): Tensor {
  const observed = picture.alpha && keepWhere(picture.alpha, (opacity) => opacity >= 0.5);
  const count = observed && total(observed);
  if (observed === undefined || count === observed.data.length)
    throw new UserError(`${name} has no transparent pixel that would mark what to fill in. Erase these parts of it, or give a mask.`);
  if (count === 0)
    throw new UserError(`${name} is transparent everywhere: there is nothing to fill in from. Erase only the missing parts.`);
  return observed;
}

function keepWhere(x: Tensor, isKept: (value: number) => boolean): Tensor {
  return tensor(
    x.shape,
    x.data.map((value) => (isKept(value) ? 1 : 0)),
  );
}

function total(x: Tensor): number {
  return x.data.reduce((a, b) => a + b, 0);
}
