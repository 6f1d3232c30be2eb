import { formatShape, type Shape } from '../../tensor/tensor.js';
import type { NumericArray } from './numeric-array.js';

/**
 * The array with its slices where two axes are known that are wanted of it: [views, bins] of a sinogram. Of an array of three axes they
 * then lie across the third, its own where that fits.
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
