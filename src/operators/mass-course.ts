import type { Tensor } from '../tensor/tensor.js';

/** The masses of an object's views and where their centres move, by parallel beams. */
export interface MassCourse {
  /** Mean of the views' sums, in line integrals times bins. */
  readonly mass: number;
  /** Standard deviation of the views' sums, as a share of their mean. */
  readonly spread: number;
  /** The bin that the centres move about: the rotation axis. */
  readonly axis: number;
  /** Root mean square distance in bins of the centres from that course. */
  readonly miss: number;
}

/**
 * The consistency of parallel views (Helgason and Ludwig): the sum of a view is the mass of the object, the same in all; its centre moves
 * as `axis + (x cos + y sin) / binSize`, fitted by least squares. Nothing of it holds where views do not show all of the object; and views
 * from one side alone cannot tell the axis from the place of the object.
 * @param y `[1, views, bins]` or `[views, bins]`
 */
export function massCourse(y: Tensor, angles: readonly number[]): MassCourse {
  const bins = y.shape[y.shape.length - 1];
  const masses: number[] = [];
  const centres: number[] = [];
  for (let view = 0; view < angles.length; view++) {
    let [mass, moment] = [0, 0];
    for (let bin = 0; bin < bins; bin++) {
      mass += y.data[view * bins + bin];
      moment += y.data[view * bins + bin] * bin;
    }
    masses.push(mass);
    centres.push(moment / mass);
  }
  const mean = masses.reduce((sum, mass) => sum + mass, 0) / masses.length;
  const fit = leastSquares(
    angles.map((angle) => [1, Math.cos(angle), Math.sin(angle)]),
    centres,
  );
  const misses = centres.map((centre, view) => centre - fit[0] - fit[1] * Math.cos(angles[view]) - fit[2] * Math.sin(angles[view]));
  return {
    mass: mean,
    spread: Math.sqrt(masses.reduce((sum, mass) => sum + (mass - mean) ** 2, 0) / masses.length) / mean,
    axis: fit[0],
    miss: Math.sqrt(misses.reduce((sum, value) => sum + value ** 2, 0) / misses.length),
  };
}

/** Three unknowns by the normal equations (Cramer's rule). */
function leastSquares(rows: readonly (readonly number[])[], values: readonly number[]): number[] {
  const a = [0, 1, 2].map((i) => [0, 1, 2].map((j) => rows.reduce((sum, row) => sum + row[i] * row[j], 0)));
  const b = [0, 1, 2].map((i) => rows.reduce((sum, row, k) => sum + row[i] * values[k], 0));
  const determinant = (m: number[][]) =>
    m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
    m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
    m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
  const whole = determinant(a);
  return [0, 1, 2].map((column) => determinant(a.map((row, i) => row.map((value, j) => (j === column ? b[i] : value)))) / whole);
}
