import type { Slice } from './slice.js';

/** Where an axis leads in a patient: to the left or right, to the back (posterior) or front (anterior), to the head (superior) or feet. */
export type Direction = 'L' | 'R' | 'P' | 'A' | 'S' | 'I';

const along: readonly (readonly [positive: Direction, negative: Direction])[] = [
  ['L', 'R'],
  ['P', 'A'],
  ['S', 'I'],
];
const orders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

/**
 * Where three axes lead, each to the direction that is nearest to it and no other's.
 * @param axes for each a vector of [left, back, head], of any length
 * @returns undefined where a vector is none
 */
export function directionsOf(axes: readonly (readonly number[])[]): readonly Direction[] | undefined {
  const units = axes.map((vector) => {
    const length = Math.hypot(...vector);
    return vector.map((part) => part / length);
  });
  if (units.length !== 3 || !units.flat().every(Number.isFinite)) return undefined;
  const agreement = (order: readonly number[]) => order.reduce((sum, world, axis) => sum + Math.abs(units[axis][world]), 0);
  const best = orders.reduce((a, b) => (agreement(b) > agreement(a) ? b : a));
  return best.map((world, axis) => along[world][units[axis][world] >= 0 ? 0 : 1]);
}

/**
 * A slice as radiology shows it, and as the priors have learned it: the patient's right on the left, his front at the top; seen from the
 * front or the side, his head at the top, and from the side his front on the left.
 * @param directions of the axes of the slice's array, as far as they are known
 */
export function upright(slice: Slice, directions: readonly (Direction | undefined)[] | undefined): Slice {
  const [down, across] = slice.axes.map((axis) => directions?.[axis]);
  if (down === undefined || across === undefined) return slice;
  const swap = rank(across) > rank(down);
  const [rows, columns] = swap ? [across, down] : [down, across];
  const mirror = { rows: !'PI'.includes(rows), columns: !'LP'.includes(columns) };
  if (!swap && !mirror.rows && !mirror.columns) return slice;
  const [height, width] = swap ? [slice.shape[1], slice.shape[0]] : slice.shape;
  const data = slice.data.slice();
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      const [row, column] = [mirror.rows ? height - 1 - i : i, mirror.columns ? width - 1 - j : j];
      data[i * width + j] = slice.data[swap ? column * height + row : row * width + column];
    }
  return { ...slice, shape: [height, width], data, axes: swap ? [slice.axes[1], slice.axes[0]] : slice.axes };
}

function rank(direction: Direction): number {
  return along.findIndex((pair) => pair.includes(direction));
}
