import { type Tensor, tensor } from '../../tensor/tensor.js';
import type { ScanGeometry } from '../geometry.js';

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
export function rasterise(list: readonly Ellipse[], geometry: ScanGeometry, samples = 6): Tensor {
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

type Point = readonly [x: number, y: number];

/** The line integral along the line through two points, from where it enters each ellipse to where it leaves it. */
export function integralThrough(list: readonly Ellipse[], [x0, y0]: Point, [x1, y1]: Point): number {
  const length = Math.hypot(x1 - x0, y1 - y0);
  let sum = 0;
  for (const { x, y, a, b, tilt, mu } of list) {
    const [cos, sin] = [Math.cos(tilt), Math.sin(tilt)];
    // in the ellipse's own frame, where it is the unit circle: |p + s d|^2 = 1
    const p = [((x0 - x) * cos + (y0 - y) * sin) / a, ((y0 - y) * cos - (x0 - x) * sin) / b];
    const d = [((x1 - x0) * cos + (y1 - y0) * sin) / a, ((y1 - y0) * cos - (x1 - x0) * sin) / b];
    const [dd, pd, pp] = [d[0] ** 2 + d[1] ** 2, p[0] * d[0] + p[1] * d[1], p[0] ** 2 + p[1] ** 2];
    const root = pd ** 2 - dd * (pp - 1);
    if (root > 0) sum += (mu * length * 2 * Math.sqrt(root)) / dd;
  }
  return sum;
}

/** Source and a place on the detector, `bin` of which may be fractional, written out as points in the plane, in cm. */
function ends(geometry: ScanGeometry, angle: number, bin: number): readonly [Point, Point] {
  const s = (bin - geometry.axis) * geometry.binSize;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  /** What is `across` to the right of and `up` above the axis where the angle is 0, turned to the angle. */
  const turned = (across: number, up: number): Point => [across * cos - up * sin, across * sin + up * cos];
  if (geometry.beam !== 'fan') return [turned(s, -1), turned(s, 1)];
  const { sourceToAxis, sourceToDetector, detector, tilt = 0 } = geometry;
  const source = turned(0, -sourceToAxis);
  if (detector === 'flat') return [source, turned(s * Math.cos(tilt), sourceToDetector - sourceToAxis + s * Math.sin(tilt))];
  const gamma = s / sourceToDetector;
  return [source, turned(sourceToDetector * Math.sin(gamma), sourceToDetector * Math.cos(gamma) - sourceToAxis)];
}

/** What a detector reads of the ellipses, `[views, bins]`: the mean over `samples` lines across each bin; one is the line at its centre. */
export function closedFormSinogram(list: readonly Ellipse[], geometry: ScanGeometry, samples = 1): Tensor {
  const { angles, bins } = geometry;
  const sinogram = tensor([angles.length, bins]);
  angles.forEach((angle, view) => {
    for (let bin = 0; bin < bins; bin++)
      for (let k = 0; k < samples; k++)
        sinogram.data[view * bins + bin] += integralThrough(list, ...ends(geometry, angle, bin + (k + 0.5) / samples - 0.5)) / samples;
  });
  return sinogram;
}
