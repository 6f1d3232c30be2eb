import { type Tensor, tensor } from '../../tensor/tensor.js';
import type { ParallelGeometry } from '../geometry.js';

/**
 * A filled ellipse of uniform attenuation: centre and half-axes in cm, tilt in radians, attenuation in 1/cm. Where ellipses overlap they
 * add.
 */
export interface Ellipse {
  readonly x: number;
  readonly y: number;
  readonly a: number;
  readonly b: number;
  readonly tilt: number;
  readonly mu: number;
}

/** Three ellipses, none centred, none upright; within 8 cm of the origin. */
export const ellipses: readonly Ellipse[] = [
  { x: 0.6, y: -1.1, a: 7, b: 4.5, tilt: 0.4, mu: 0.2 },
  { x: -2, y: 1.5, a: 1.2, b: 2.5, tilt: -0.9, mu: 0.15 },
  { x: 3, y: -1, a: 0.8, b: 0.5, tilt: 0.2, mu: 0.05 },
];

/** Attenuation averaged over each pixel by `samples` x `samples` points, `[H, W]`. */
export function rasterise(list: readonly Ellipse[], geometry: ParallelGeometry, samples = 6): Tensor {
  const { size, pixelSize } = geometry;
  const [height, width] = size;
  const image = tensor([height, width]);
  for (const { x: cx, y: cy, a, b, tilt, mu } of list) {
    const [cos, sin] = [Math.cos(tilt), Math.sin(tilt)];
    for (let i = 0; i < height * samples; i++) {
      for (let j = 0; j < width * samples; j++) {
        const x = ((j + 0.5) / samples - width / 2) * pixelSize - cx;
        const y = (height / 2 - (i + 0.5) / samples) * pixelSize - cy;
        if (((x * cos + y * sin) / a) ** 2 + ((y * cos - x * sin) / b) ** 2 <= 1)
          image.data[Math.floor(i / samples) * width + Math.floor(j / samples)] += mu / samples ** 2;
      }
    }
  }
  return image;
}

/** The line integral along `x cos(angle) + y sin(angle) = t`, in closed form: `2 mu a b sqrt(s^2 - u^2) / s^2` (Kak & Slaney, eq. 3.6). */
export function lineIntegral(list: readonly Ellipse[], angle: number, t: number): number {
  let sum = 0;
  for (const { x, y, a, b, tilt, mu } of list) {
    const u = t - x * Math.cos(angle) - y * Math.sin(angle);
    const squared = (a * Math.cos(angle - tilt)) ** 2 + (b * Math.sin(angle - tilt)) ** 2;
    if (u * u < squared) sum += (2 * mu * a * b * Math.sqrt(squared - u * u)) / squared;
  }
  return sum;
}

/** What a detector reads of the ellipses, `[views, bins]`: the mean over `samples` lines across each bin; one is the line at its centre. */
export function closedFormSinogram(list: readonly Ellipse[], geometry: ParallelGeometry, samples = 1): Tensor {
  const { angles, bins, binSize, axis } = geometry;
  const sinogram = tensor([angles.length, bins]);
  angles.forEach((angle, view) => {
    for (let bin = 0; bin < bins; bin++) {
      for (let k = 0; k < samples; k++)
        sinogram.data[view * bins + bin] += lineIntegral(list, angle, (bin - axis + (k + 0.5) / samples - 0.5) * binSize) / samples;
    }
  });
  return sinogram;
}
