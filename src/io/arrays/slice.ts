import { UsageError } from '../../tensor/errors.js';
import { formatShape, type Shape } from '../../tensor/tensor.js';
import type { Numbers } from '../number-types.js';
import type { NumericArray } from './numeric-array.js';

/**
 * Which part of an array of more than two axes is meant: a number along its slice axis; or one for each axis, with undefined for the axes
 * that are kept.
 */
export type SliceChoice = number | readonly (number | undefined)[];

/** Numbers of two axes out of an array. */
export interface Slice {
  /** [rows, columns]. */
  readonly shape: readonly [rows: number, columns: number];
  readonly data: Numbers;
  /** Which axes of the array are its rows and columns. */
  readonly axes: readonly [rows: number, columns: number];
  /** What was chosen where the user did not, one sentence each. */
  readonly notices: readonly string[];
}

/**
 * `--slice 40`, or one index for each axis with a colon for those that are kept, as in `:,40,:`.
 * @throws UsageError for anything else
 */
export function parseSlice(text: string): SliceChoice {
  const parts = text.split(',').map((part) => part.trim());
  const isIndex = (part: string) => /^\d{1,9}$/.test(part);
  if (parts.length === 1 && isIndex(parts[0])) return Number(parts[0]);
  if (parts.length > 1 && parts.every((part) => part === ':' || isIndex(part)) && parts.filter((part) => part === ':').length === 2)
    return parts.map((part) => (part === ':' ? undefined : Number(part)));
  throw new UsageError(
    `"${text}" is no slice. Give its number, as in --slice 40, or for each axis an index or a colon, two of these, as in --slice :,40,: (all from 0).`,
  );
}

/**
 * Two axes of an array: all of one that has two, else a slice. Axes of length 1 do not count.
 * @param name what to call the array in messages
 * @param choice the middle slice where absent, which the notices then say
 * @throws UsageError when the array has fewer than two axes, or the slice is outside it
 */
export async function readSlice(array: NumericArray, name: string, choice?: SliceChoice): Promise<Slice> {
  const { shape, about } = array;
  const index = chosen(shape, name, choice, about.sliceAxis);
  const kept = [...shape.keys()].filter((axis) => index.at[axis] === undefined);
  const [rows, columns] = kept;
  const start = shape.map((_, axis) => index.at[axis] ?? 0);
  const count = shape.map((n, axis) => (index.at[axis] === undefined ? n : 1));
  const data = await array.read(start, count);
  return { shape: [shape[rows], shape[columns]], data, axes: [rows, columns], notices: index.notices };
}

/**
 * The slice in the middle of an array: for each axis its index, or undefined for the two that are kept.
 * @throws UsageError as {@link readSlice}
 */
export function middleSlice({ shape, about }: Pick<NumericArray, 'shape' | 'about'>, name: string): readonly (number | undefined)[] {
  return chosen(shape, name, undefined, about.sliceAxis).at;
}

/** For each axis its index, or undefined for the two that are kept. */
function chosen(
  shape: Shape,
  name: string,
  choice: SliceChoice | undefined,
  sliceAxis: number | undefined,
): { at: readonly (number | undefined)[]; notices: string[] } {
  const check = (axis: number, i: number): number => {
    if (i < shape[axis]) return i;
    throw new UsageError(
      `${name} has the shape ${formatShape(shape)}: --slice ${i} is beyond its ${shape[axis]} slices along axis ${axis} (0 to ${shape[axis] - 1}).`,
    );
  };
  if (typeof choice === 'object') {
    if (choice.length !== shape.length)
      throw new UsageError(
        `${name} has the shape ${formatShape(shape)}; --slice with an index for each axis needs ${shape.length} of them, and got ${choice.length}.`,
      );
    return { at: choice.map((i, axis) => (i === undefined ? i : check(axis, i))), notices: [] };
  }
  // axes that are sliced away: those of length 1, then the slice axis, then from the first on
  const at: (number | undefined)[] = shape.map(() => undefined);
  const left = () => at.filter((i) => i === undefined).length;
  if (shape.includes(0)) throw new UsageError(`${name} is empty: its shape is ${formatShape(shape)}.`);
  if (shape.length < 2)
    throw new UsageError(`${name} has the shape ${formatShape(shape)}: it is no image and no sinogram, which have rows and columns.`);
  for (let axis = 0; axis < shape.length && left() > 2; axis++) if (shape[axis] === 1) at[axis] = 0;
  const order = [...(sliceAxis === undefined ? [] : [sliceAxis]), ...shape.keys()].filter(
    (axis, k, all) => at[axis] === undefined && all.indexOf(axis) === k,
  );
  const away = order.slice(0, left() - 2);
  if (away.length === 0) {
    if (choice !== undefined && choice !== 0) throw new UsageError(`${name} is one slice, ${formatShape(shape)}. Leave out --slice.`);
    return { at, notices: [] };
  }
  const along = sliceAxis !== undefined && away.includes(sliceAxis) ? sliceAxis : away[away.length - 1];
  const middle = away.filter((axis) => choice === undefined || axis !== along).sort();
  for (const axis of middle) at[axis] = shape[axis] >> 1;
  if (choice !== undefined) at[along] = check(along, choice as number);
  const words = middle.map((axis) => `${at[axis]} of 0 to ${shape[axis] - 1} along axis ${axis}`).join(', ');
  const notice = `${name} has the shape ${formatShape(shape)}; of it slice ${words} is used, the middle one. Choose another with --slice.`;
  return { at, notices: middle.length ? [notice] : [] };
}
