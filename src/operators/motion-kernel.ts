import { UsageError } from '../tensor/errors.js';
import type { Random } from '../tensor/random.js';
import { type Tensor, tensor } from '../tensor/tensor.js';

export interface MotionKernelOptions {
  /** Side in pixels, odd (61). */
  size?: number;
  /** From 0, a straight path, to 1, a long and crooked one (0.5). */
  intensity?: number;
}

/** Points drawn along each pixel of path. */
const DENSITY = 8;

/**
 * The trace of a point during a shaky exposure, `[size, size]`, sum 1.
 *
 * The path is a chain of short steps whose number grows and whose directions scatter with the intensity. Directions lean to one side
 * of the path's own, and now and then change sides, so that it bends one way and then another; the whole is turned by a
 * random angle, and its centre of mass put in the middle. Lengths and angles follow the distributions of the generator that the papers of
 * this field use (a step is Beta(1, 30) of the diagonal, a change of sides has a probability from Beta(2, 20)); the drawing is our own,
 * linear interpolation.
 *
 * @throws UserError for an even size or an intensity outside [0, 1].
 */
export function motionKernel(random: Random, { size = 61, intensity = 0.5 }: MotionKernelOptions = {}): Tensor {
  if (!Number.isInteger(size) || size < 3 || size % 2 === 0)
    throw new UsageError(`The size of the motion kernel must be an odd whole number of at least 3; got ${size}.`);
  if (!(intensity >= 0 && intensity <= 1)) throw new UsageError(`The intensity of the motion must lie from 0 to 1; got ${intensity}.`);
  const path = randomPath(random, Math.SQRT2 * size, intensity);
  const [cx, cy] = [0, 1].map((axis) => path.reduce((total, point) => total + point[axis], 0) / path.length);
  const kernel = tensor([size, size]);
  const middle = (size - 1) / 2;
  for (const [x, y] of path) deposit(kernel, y - cy + middle, x - cx + middle);
  const total = kernel.data.reduce((a, b) => a + b, 0);
  return tensor(
    kernel.shape,
    kernel.data.map((value) => value / total),
  );
}

/** Points at equal distances along a path, in pixels. */
function randomPath(random: Random, diagonal: number, intensity: number): Array<[x: number, y: number]> {
  const length = 0.75 * diagonal * (random.uniform() + random.uniform(0, intensity ** 2));
  const widest = random.uniform(0, intensity * Math.PI);
  const fickleness = secondSmallest(Array.from({ length: 21 }, () => random.uniform())); // Beta(2, 20)
  const heading = random.uniform(0, 2 * Math.PI);
  const points: Array<[number, number]> = [[0, 0]];
  let [x, y] = [0, 0];
  let deviation = random.uniform(-widest, widest);
  for (let walked = 0; walked < length; ) {
    const step = Math.min((1 - (1 - random.uniform()) ** (1 / 30)) * (1 - intensity + 0.05) * diagonal, length - walked); // Beta(1, 30)
    const pieces = Math.max(1, Math.ceil(step * DENSITY));
    for (let k = 0; k < pieces; k++) {
      x += (step / pieces) * Math.cos(heading + deviation);
      y += (step / pieces) * Math.sin(heading + deviation);
      points.push([x, y]);
    }
    walked += step;
    const side = random.uniform() < fickleness ? -Math.sign(deviation) : Math.sign(deviation);
    deviation = side * triangular(random, intensity * widest, widest);
  }
  return points;
}

/** Distributed over [0, high] with a triangle for density, its tip at `mode`. */
function triangular(random: Random, mode: number, high: number): number {
  const u = random.uniform();
  if (high === 0) return 0;
  return u * high < mode ? Math.sqrt(u * high * mode) : high - Math.sqrt((1 - u) * high * (high - mode));
}

function secondSmallest(values: number[]): number {
  return values.sort((a, b) => a - b)[1];
}

/** One unit of light at (row, column), shared among the four pixels around; what falls outside is lost. */
function deposit(kernel: Tensor, row: number, column: number): void {
  const [height, width] = kernel.shape;
  const [i, j] = [Math.floor(row), Math.floor(column)];
  for (const [di, dj] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]) {
    if (i + di < 0 || i + di >= height || j + dj < 0 || j + dj >= width) continue;
    const share = (1 - Math.abs(row - i - di)) * (1 - Math.abs(column - j - dj));
    kernel.data[(i + di) * width + j + dj] += share;
  }
}
