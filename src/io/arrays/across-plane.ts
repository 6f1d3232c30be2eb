import { formatShape, type Shape } from '../../tensor/tensor.js';
import type { NumericArray } from './numeric-array.js';

/**
 * The array with its slices so that two known axes are left, [views, bins] of a sinogram: of three axes they lie across the third, the
 * array's own where that fits.
 */
export function acrossPlane<A extends Pick<NumericArray, 'shape' | 'about'>>(array: A, plane: readonly [number, number]): A {
  const { shape, about } = array;
  if (shape.length !== 3) return array;
  const fits = [0, 1, 2].filter((axis) => formatShape(without(shape, axis)) === formatShape(plane));
  const sliceAxis = about.sliceAxis !== undefined && fits.includes(about.sliceAxis) ? about.sliceAxis : fits[0];
  return sliceAxis === undefined ? array : { ...array, about: { ...about, sliceAxis } };
}

function without(shape: Shape, axis: number): Shape {
  return shape.filter((_, k) => k !== axis);
}
