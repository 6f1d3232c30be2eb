import { checkCount, type NumericArray, slicesOf } from './numeric-array.js';

/** Extent and mean of the numbers of an array. */
export interface Statistics {
  readonly least: number;
  readonly most: number;
  readonly mean: number;
  /** How many are NaN or infinite; they are left out of the others. */
  readonly broken: number;
}

/** Statistics of an array, slice by slice: it may be larger than memory. */
export async function statisticsOf(array: NumericArray): Promise<Statistics> {
  let [least, most, sum, count, broken] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0];
  // the first axis, or the last of a file that lies the other way, is read forward
  for await (const { data } of array.shape.length > 2 ? slicesOf(array) : whole(array)) {
    for (const value of data) {
      if (!Number.isFinite(value)) broken++;
      else {
        if (value < least) least = value;
        if (value > most) most = value;
        sum += value;
        count++;
      }
    }
  }
  return { least, most, mean: sum / count, broken };
}

async function* whole(array: NumericArray) {
  checkCount(array.shape, array.name);
  if (array.shape.includes(0)) return;
  yield {
    data: await array.read(
      array.shape.map(() => 0),
      array.shape,
    ),
  };
}
