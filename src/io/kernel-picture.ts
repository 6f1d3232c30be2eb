import { mapTensor, type Tensor } from '../tensor/tensor.js';
import type { Picture } from './picture.js';
import { luma, overBlack } from './prepare.js';

/**
 * A blur kernel drawn as a picture: black lets no light through. Colour counts by its luma, transparent pixels as black. An NPY kernel is
 * no picture: its values are taken as they are (`readNpy`).
 * @returns [h, w] in [0, 1], black 0 and white 1; not scaled to any sum
 */
export function kernelFromPicture(picture: Picture): Tensor {
  return mapTensor(luma(overBlack(picture).pixels), (x) => (x + 1) / 2);
}
