import { type Tensor, tensor } from '../../tensor/tensor.js';
import { isImageShape, type NumbersOrigin } from '../picture.js';
import { type ArrayFile, type NumericArray, readAll } from './numeric-array.js';
import { readSlice, type SliceChoice } from './slice.js';
import { upright } from './upright.js';

const LIES = "the patient's right on the left, his front or his head at the top (from the side, his front on the left)";

/** Whether an array of more than two axes is a picture as it stands: in three colours, of NPY in any order of its axes. */
export function isWholePicture({ format }: Pick<ArrayFile, 'format'>, { shape }: Pick<NumericArray, 'shape'>): boolean {
  if (format === 'NPY') return shape.length > 2 && isImageShape(shape);
  return shape.length === 3 && shape[2] === 3;
}

/**
 * The numbers of an image in an array, for `pictureFromNumbers`: one of two axes (or of three colours), or a slice of one of more, upright
 * where the file says how it lies.
 * @param name what to call it in messages
 * @throws UserError as `readSlice`
 */
export async function imageNumbers(
  file: Pick<ArrayFile, 'format'>,
  array: NumericArray,
  name: string,
  slice?: SliceChoice,
): Promise<{ readonly numbers: Tensor; readonly origin: NumbersOrigin }> {
  const { about, shape } = array;
  const [format] = file.format.toLowerCase().split(/[ -]/);
  const type = about.rescale ? 'f4' : array.type;
  if (slice === undefined && isWholePicture(file, array))
    return { numbers: tensor(shape, await readAll(array, name)), origin: { format, type } };
  const stored = await readSlice(array, name, slice);
  const shown = upright(stored, about.directions);
  const { data, axes } = shown;
  const notices = [...stored.notices, ...(shown === stored ? [] : [`${name} was turned to lie as radiology shows it: ${LIES}.`])];
  const [rows, columns] = axes.map((axis) => about.spacingCm?.[axis]);
  const pixelSizeCm = rows !== undefined && columns !== undefined ? ([rows, columns] as const) : undefined;
  return { numbers: tensor(shown.shape, data), origin: { format, type, pixelSizeCm, notices } };
}
