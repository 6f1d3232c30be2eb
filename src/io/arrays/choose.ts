import { UsageError } from '../../tensor/errors.js';
import { formatShape, sizeOf } from '../../tensor/tensor.js';
import { typeName } from '../number-types.js';
import { printable } from '../printable.js';
import type { ArrayFile, NumericArray } from './numeric-array.js';

/** So many arrays are listed in a message. */
const LISTED = 12;

/** `/exchange/data [181,2,640] uint16`. */
export function describeArray({ name, shape, type }: Pick<NumericArray, 'name' | 'shape' | 'type'>): string {
  return `${name === '' ? '' : `${printable(name)} `}${formatShape(shape)} ${typeName(type)}`;
}

/** The arrays of a file in one line, for messages. */
export function listArrays({ arrays }: ArrayFile): string {
  const told = arrays.slice(0, LISTED).map(describeArray).join(', ');
  return arrays.length > LISTED ? `${told}, and ${arrays.length - LISTED} more` : told;
}

/**
 * The array of a file that is meant.
 * @param name as after the colon of `scan.h5:/exchange/data`; where it is absent the file must hold one array, or one of two axes or more
 * @throws UsageError that lists the arrays, when there is none of the name or none is named and there are several
 */
export function chooseArray(file: ArrayFile, name?: string): NumericArray {
  const { arrays } = file;
  if (name === undefined) {
    // single numbers and lists beside it (angles, sizes) leave no doubt which is the image
    const large = arrays.filter(({ shape }) => shape.filter((n) => n > 1).length >= 2 && sizeOf(shape) > 0);
    const only = arrays.length === 1 ? arrays[0] : large.length === 1 ? large[0] : undefined;
    if (only !== undefined) return only;
    const [example] = large.length ? large : arrays;
    throw new UsageError(
      `${file.name} holds ${arrays.length} arrays: ${listArrays(file)}. Name one after a colon, as in ${file.name}:${printable(example.name)}.`,
    );
  }
  const plain = (text: string) => text.replaceAll('/', '.').replace(/^\./, '');
  const found = arrays.find((array) => array.name === name) ?? arrays.find((array) => plain(array.name) === plain(name));
  if (found !== undefined) return found;
  throw new UsageError(
    `${file.name} has no array of numbers "${printable(name)}". It has ${arrays.length === 1 && arrays[0].name === '' ? `one without a name: ${listArrays(file)}. Leave out what is after the colon` : listArrays(file)}.`,
  );
}
