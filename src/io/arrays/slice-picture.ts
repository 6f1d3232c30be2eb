import { UsageError } from '../../tensor/errors.js';
import { tensor } from '../../tensor/tensor.js';
import { type Picture, pictureFromNumbers, type ValueRange } from '../picture.js';
import { type ArrayFile, type NumericArray, readAll } from './numeric-array.js';
import { readSlice, type SliceChoice } from './slice.js';

/** Whether an array is a picture in three colours, as it stands. */
export function isColour({ shape }: Pick<NumericArray, 'shape'>): boolean {
  return shape.length === 3 && shape[2] === 3;
}

/**
 * An image out of an array: one of two axes (or of three colours), or a slice of one of more.
 * @param name what to call it in messages
 * @throws UserError as `readPicture`
 */
export async function slicePicture(
  file: Pick<ArrayFile, 'format' | 'name'>,
  array: NumericArray,
  name: string,
  { range, slice }: { readonly range?: ValueRange; readonly slice?: SliceChoice } = {},
): Promise<Picture> {
  const { about, shape } = array;
  const [format] = file.format.toLowerCase().split(/[ -]/);
  if (range !== undefined && about.unit === 'hu') throw new UsageError(`${file.name} states that its values are in HU. Leave out --range.`);
  const meaning = about.unit === 'hu' ? 'hu' : range;
  const type = about.rescale ? 'f4' : array.type;
  if (isColour(array) && slice === undefined)
    return pictureFromNumbers(tensor(shape, await readAll(array, name)), { format, type }, name, meaning);
  const { data, axes, notices, ...cut } = await readSlice(array, name, slice);
  const [rows, columns] = axes.map((axis) => about.spacingCm?.[axis]);
  const pixelSizeCm = rows !== undefined && columns !== undefined ? ([rows, columns] as const) : undefined;
  return pictureFromNumbers(tensor(cut.shape, data), { format, type, pixelSizeCm, notices }, name, meaning);
}
