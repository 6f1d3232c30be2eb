import { describe, expect, test } from 'vitest';
import { applyMap } from '../graph/sparse-map.js';
import { full } from '../tensor/tensor.js';
import type { ParallelBeam, ScanGeometry } from './geometry.js';
import { defaultGeometry } from './make-geometry.js';
import { radonMap } from './radon-map.js';
import { closedFormSinogram, ellipses, rasterise } from './testing/ellipses.js';

const base = defaultGeometry({ size: 128, views: 7 });
const pixel = base.pixelSize;

/** Root mean square error of the discrete sinogram, and the worst, relative to the root mean square and the maximum of the closed form. */
function errors(geometry: ScanGeometry, samples = 1): { rms: number; worst: number } {
  const expected = closedFormSinogram(ellipses, geometry, samples).data;
  const got = applyMap(radonMap(geometry), rasterise(ellipses, geometry).data);
  let [sum, square, worst, most] = [0, 0, 0, 0];
  for (let i = 0; i < got.length; i++) {
    sum += (got[i] - expected[i]) ** 2;
    square += expected[i] ** 2;
    worst = Math.max(worst, Math.abs(got[i] - expected[i]));
    most = Math.max(most, expected[i]);
  }
  return { rms: Math.sqrt(sum / square), worst: worst / most };
}

// The image is piecewise constant, so the error at an ellipse's rim, where the profile has infinite slope, is of order sqrt(pixel).
describe('line integrals of ellipses in closed form, 128 x 128 pixels: 1.3 % root mean square, 7 % at a rim', () => {
  test.each<[string, Partial<ParallelBeam>]>([
    ['centred detector', {}],
    ['rotation axis off the middle, at a fractional bin', { axis: 70.3 }],
    ['a detector narrower than the object', { bins: 60, axis: 31.5 }],
    ['any angles, in any order, beyond a turn', { angles: [2.1, -0.4, 0.7853981, 5.9, Math.PI / 2] }],
    ['bins half a pixel wide', { bins: 363, binSize: pixel / 2, axis: 181 }],
    ['an oblong image', { size: [128, 160] }],
  ])('%s', (_, change) => {
    const { rms, worst } = errors({ ...base, ...change });
    expect(rms).toBeLessThan(0.013);
    expect(worst).toBeLessThan(0.07);
  });

  test('bins three pixels wide read the mean across them', () => {
    expect(errors({ ...base, bins: 61, binSize: 3 * pixel, axis: 30.2 }, 60).rms).toBeLessThan(0.01);
  });

  test('twice the pixels, less than two thirds of the error', () => {
    expect(errors(defaultGeometry({ size: 256, views: 7 })).rms).toBeLessThan(0.66 * errors(base).rms);
  });
});

test('along rows and columns a ray through pixel centres is the plain sum of one row or column, in cm', () => {
  const geometry: ParallelBeam = { size: [3, 3], pixelSize: 0.5, angles: [0, Math.PI / 2], bins: 3, binSize: 0.5, axis: 1 };
  const image = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
  // angle 0 looks along y, bins from left to right; angle 90 degrees along x, bins from the bottom up
  expect([...applyMap(radonMap(geometry), image)]).toEqual([6, 7.5, 9, 12, 7.5, 3]);
});

test('a view keeps the mass of the image, whatever the angle, when the detector covers it', () => {
  const geometry: ParallelBeam = { ...base, angles: [0.1, 0.8, 1.3, 2.9] };
  const sinogram = applyMap(radonMap(geometry), full(1, [128 * 128]).data);
  for (let view = 0; view < 4; view++) {
    const mass = sinogram.subarray(view * base.bins, (view + 1) * base.bins).reduce((a, b) => a + b) * base.binSize;
    expect(mass / (128 * pixel) ** 2).toBeCloseTo(1, 2);
  }
});

test('the full-size map: 25 views of 256 x 256, a few entries per ray and row', () => {
  const geometry = defaultGeometry();
  expect(geometry.bins).toBeGreaterThanOrEqual(363);
  const map = radonMap(geometry);
  expect(map.rows).toBe(25 * geometry.bins);
  expect(map.columns.length).toBeLessThan(3.1e6);
  for (let i = 0; i < map.rows; i++) expect(map.rowStart[i + 1] - map.rowStart[i]).toBeLessThanOrEqual(2 * 256);
});

test('more entries than a graph can hold are refused with a remedy', () => {
  const geometry = defaultGeometry({ size: 2048, views: 400 });
  expect(() => radonMap(geometry)).toThrow(/400 views of 2897 bins on 2048 x 2048/);
});
