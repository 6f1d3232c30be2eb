import { formatShape, type Tensor } from '../tensor/tensor.js';
import { channelsOf, checkImages, unitRange } from './unit-range.js';

/** What keeps similarities of faint coefficients near 1, and the steepness of the logistic function: fitted by the authors to ratings. */
const c = 30;
const alpha = 4.2;

/** Luminance and two differences of colours, from red, green and blue: YIQ, in the three digits of the authors' program. */
const yiq = [
  [0.299, 0.587, 0.114],
  [0.596, -0.274, -0.322],
  [0.211, -0.523, 0.312],
];

/**
 * Haar wavelet-based perceptual similarity of two images in [-1, 1], `[H, W]`, `[C, H, W]` or `[1, C, H, W]` of one channel (grey) or three
 * (red, green, blue): taken on [0, 255], clipped, halved in size as the authors do to stand for the distance of a viewer, C = 30,
 * alpha = 4.2. In (0, 1]; 1 for equal images.
 *
 * Source: Reisenhofer, Bosse, Kutyniok and Wiegand, Signal Processing: Image Communication 61:33, 2018; equal to the authors' haarPsi.py,
 * zeros beyond the borders included, except that two images all black, of which that makes 0 / 0, give 1.
 *
 * @throws RangeError when the shapes differ, hold more than one image, or have another number of channels
 */
export function haarPsi(a: Tensor, b: Tensor): number {
  checkImages(a, b);
  const [height, width] = a.shape.slice(-2);
  const [p, q] = [a, b].map((image) => planesOf(image, height, width));
  if (p.length !== 1 && p.length !== 3) throw new RangeError(`HaarPSI takes one channel or three, got ${formatShape(a.shape)}`);
  const coloured = p.length === 3;
  let [sum, weights] = [0, 0];
  const count = (similarity: number, weight: number): void => {
    sum += weight / (1 + Math.exp(-alpha * similarity));
    weights += weight;
  };
  for (let i = 0; i < p[0].height; i++)
    for (let j = 0; j < p[0].width; j++) {
      const [across, down] = [haarAt(p[0], i, j), haarAt(p[0], i, j, true)];
      const [acrossB, downB] = [haarAt(q[0], i, j), haarAt(q[0], i, j, true)];
      // the two fine scales are compared, the coarse one says how much it matters
      const matters = [Math.max(across[2], acrossB[2]), Math.max(down[2], downB[2])];
      count((likeness(across[0], acrossB[0]) + likeness(across[1], acrossB[1])) / 2, matters[0]);
      count((likeness(down[0], downB[0]) + likeness(down[1], downB[1])) / 2, matters[1]);
      if (!coloured) continue;
      const [inPhase, quadrature] = [1, 2].map((k) => likeness(Math.abs(meanAt(p[k], i, j)), Math.abs(meanAt(q[k], i, j))));
      count((inPhase + quadrature) / 2, (matters[0] + matters[1]) / 2);
    }
  if (weights === 0) return 1;
  const mean = sum / weights;
  return (Math.log(mean / (1 - mean)) / alpha) ** 2;
}

/** Similarity of two magnitudes, in (0, 1]. */
function likeness(x: number, y: number): number {
  return (2 * x * y + c) / (x * x + y * y + c);
}

/** A channel by its sums over rectangles, which all the filters are made of: `[H + 1, W + 1]`, of all pixels above and left of a corner. */
interface Plane {
  readonly height: number;
  readonly width: number;
  readonly sums: Float64Array;
}

/** The channels that are compared, at half the size. */
function planesOf(image: Tensor, height: number, width: number): Plane[] {
  const channels = channelsOf(
    unitRange(image).map((value) => 255 * value),
    height * width,
  );
  const seen =
    channels.length === 3
      ? yiq.map(([r, g, b]) => channels[0].map((red, i) => r * red + g * channels[1][i] + b * channels[2][i]))
      : channels;
  return seen.map((channel) => {
    const whole = sumUp(channel, height, width);
    const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
    const half = Float64Array.from({ length: rows * columns }, (_, k) => meanAt(whole, 2 * Math.floor(k / columns), 2 * (k % columns)));
    return sumUp(half, rows, columns);
  });
}

function sumUp(x: Float64Array, height: number, width: number): Plane {
  const sums = new Float64Array((height + 1) * (width + 1));
  for (let i = 0; i < height; i++) {
    let row = 0;
    for (let j = 0; j < width; j++) {
      row += x[i * width + j];
      sums[(i + 1) * (width + 1) + j + 1] = sums[i * (width + 1) + j + 1] + row;
    }
  }
  return { height, width, sums };
}

/** Sum over rows `top` to `bottom` and columns `left` to `right`, the ends left out; zero outside the image. */
function boxSum({ height, width, sums }: Plane, top: number, left: number, bottom: number, right: number): number {
  const row = (i: number): number => Math.min(height, Math.max(0, i)) * (width + 1);
  const column = (j: number): number => Math.min(width, Math.max(0, j));
  const [t, l, b, r] = [row(top), column(left), row(bottom), column(right)];
  return sums[b + r] - sums[b + l] - sums[t + r] + sums[t + l];
}

/** Mean of the 2 x 2 pixels that begin at (i, j). */
function meanAt(plane: Plane, i: number, j: number): number {
  return boxSum(plane, i, j, i + 2, j + 2) / 4;
}

/** Magnitudes of the Haar coefficients of three scales around (i, j), 2, 4 and 8 pixels wide: of steps between rows, or between columns. */
function haarAt(plane: Plane, i: number, j: number, columns = false): number[] {
  return [1, 2, 4].map((reach) => {
    const [top, left, bottom, right] = [i + 1 - reach, j + 1 - reach, i + 1 + reach, j + 1 + reach];
    const first = columns ? boxSum(plane, top, left, bottom, j + 1) : boxSum(plane, top, left, i + 1, right);
    return Math.abs(2 * first - boxSum(plane, top, left, bottom, right)) / (2 * reach);
  });
}
