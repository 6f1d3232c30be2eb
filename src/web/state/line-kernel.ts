import { type Tensor, tensor } from '../../tensor/tensor.js';

/**
 * The blur of a straight motion at even speed: a segment as light, each of its points shared out to the four pixels around it.
 * @param length pixels, 0 or more
 * @param degrees counter-clockwise from the right
 * @returns `[n, n]`, n odd, sum 1
 */
export function lineKernel(length: number, degrees: number): Tensor {
  const half = length / 2;
  const middle = Math.ceil(half) + 1;
  const side = 2 * middle + 1;
  const kernel = tensor([side, side]);
  const [across, down] = [Math.cos((degrees * Math.PI) / 180), -Math.sin((degrees * Math.PI) / 180)];
  const points = 8 * Math.ceil(length) + 1;
  for (let k = 0; k < points; k++) {
    const along = points === 1 ? 0 : -half + (length * k) / (points - 1);
    const [x, y] = [middle + along * across, middle + along * down];
    const [left, top] = [Math.floor(x), Math.floor(y)];
    for (const [row, column] of [
      [top, left],
      [top, left + 1],
      [top + 1, left],
      [top + 1, left + 1],
    ])
      kernel.data[row * side + column] += ((1 - Math.abs(y - row)) * (1 - Math.abs(x - column))) / points;
  }
  return kernel;
}
