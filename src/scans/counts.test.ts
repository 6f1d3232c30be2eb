import { describe, expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.js';
import { fillDead, levelAir, lineIntegrals, transmissions } from './counts.js';
import { noiseOf } from './noise.js';
import { prepareRow } from './prepare-scan.js';
import { withoutRings } from './rings.js';
import { countsOf, discIntegrals, halfTurn } from './testing/discs.js';

const scan = { angles: halfTurn(90), bins: 200, axis: 91.5 };
const truth = discIntegrals(scan);
const rootMeanSquare = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.sqrt(Array.from(a, (value, i) => (value - b[i]) ** 2).reduce((sum, value) => sum + value, 0) / a.length);
const plain = { binning: 1, air: 0, rings: 0 };

describe('from counts to line integrals', () => {
  test('flats and darks take out what the detector is', () => {
    const { y, photons, dead, empty } = prepareRow(countsOf(truth, { photons: 1e5, seed: 1 }), plain);
    // photons of e^-y, flats of a tenth the variance
    expect(rootMeanSquare(y.data, truth.data)).toBeLessThan(0.01);
    expect(y.data.reduce((sum, value, i) => sum + value - truth.data[i], 0) / y.data.length).toBeCloseTo(0, 3);
    expect([dead, empty]).toEqual([[], 0]);
    expect(photons).toBeGreaterThan(0.6e5);
    expect(photons).toBeLessThan(1.6e5);
  });

  test('without darks the dark level is taken for light', () => {
    const counts = countsOf(truth, { photons: 1000, seed: 1 });
    const off = ({ y }: { y: typeof truth }) => y.data.reduce((sum, value, i) => sum + value - truth.data[i], 0) / truth.data.length;
    expect(off(prepareRow({ ...counts, darks: undefined }, plain))).toBeLessThan(-0.05);
    expect(Math.abs(off(prepareRow(counts, plain)))).toBeLessThan(0.01);
  });

  test('bins that are dead, stuck or hot are found, and filled in from their neighbours', () => {
    const counts = countsOf(truth, { photons: 1e5, seed: 2 });
    const { projections, flats } = counts;
    for (let k = 0; k < 10; k++) flats.data[k * 200 + 40] = 100; // sees nothing
    for (let view = 0; view < 90; view++) {
      projections.data[view * 200 + 41] = 5000; // stuck
      projections.data[view * 200 + 120] *= view === 7 ? Number.NaN : 1;
    }
    for (let k = 0; k < 10; k++) flats.data[k * 200 + 150] *= 30; // hot
    const { y, dead } = prepareRow(counts, plain);
    expect(dead).toEqual([40, 41, 120, 150]);
    expect(rootMeanSquare(y.data, truth.data)).toBeLessThan(0.03);
  });

  test('a row of dead bins is bridged in a straight line, and continued at the ends', () => {
    const light = tensor([1, 6], [Number.NaN, 0.2, Number.NaN, Number.NaN, 0.8, Number.NaN]);
    const { data } = fillDead({ light, dead: Uint8Array.of(1, 0, 1, 1, 0, 1) });
    expect(data).toBeNear(Float32Array.of(0.2, 0.2, 0.4, 0.6, 0.8, 0.8), { absolute: 1e-6 });
  });

  test('a ray that counts nothing gets the least of any', () => {
    const { light, empty } = transmissions({
      projections: tensor([1, 3], [500, 0, 20]),
      flats: tensor([1, 3], [1000, 1000, 1000]),
      darks: tensor([1, 3], [10, 10, 10]),
    });
    expect(empty).toBe(1);
    expect(light.data[1]).toBe(light.data[2]);
  });

  test('a beam that fades is levelled by the air beside the object', () => {
    const steady = tensor(
      truth.shape,
      truth.data.map((value) => Math.exp(-value)),
    );
    const fading = tensor(
      truth.shape,
      steady.data.map((value, at) => value * (1 - 0.003 * Math.floor(at / 200)) * (1 + 0.001 * (at % 200))),
    );
    const error = (light: typeof truth) => rootMeanSquare(lineIntegrals(light).data, truth.data);
    expect(error(fading)).toBeGreaterThan(0.1);
    expect(error(levelAir(fading, 8))).toBeLessThan(2e-3);
    expect(() => levelAir(fading, 101)).toThrow(/1 to 100 bins/);
  });

  test('light is averaged before the logarithm', () => {
    const y = lineIntegrals(tensor([1, 4], [1, 0.5, 0.1, 0.3]), 2);
    expect(y.data).toBeNear(Float32Array.of(-Math.log(0.75), -Math.log(0.2)), { absolute: 1e-6 });
  });

  test.each([
    [{ projections: tensor([2, 4]), flats: tensor([1, 5]) }, /flats have shape \[1,5\].*4 bins/],
    [
      { projections: tensor([2, 2], [1, 2, 3, 4]), flats: tensor([1, 2], [5, 5]), darks: tensor([1, 2], [9, 9]) },
      /no brighter than the dark/,
    ],
  ])('%#: what does not belong together is named', (counts, message) => {
    expect(() => transmissions(counts)).toThrow(message);
  });
});

test('rings: the stripes of bins that respond wrongly go, the object stays', () => {
  const striped = tensor(truth.shape, Float32Array.from(truth.data));
  for (const [bin, off] of [
    [60, 0.1],
    [61, 0.08],
    [110, -0.12],
  ])
    for (let view = 0; view < 90; view++) striped.data[view * 200 + bin] += off;
  const error = (y: typeof truth) => rootMeanSquare(y.data, truth.data);
  expect(error(striped)).toBeGreaterThan(0.01);
  expect(error(withoutRings(striped))).toBeLessThan(0.4 * error(striped));
  expect(error(withoutRings(truth))).toBeLessThan(0.005);
});

test.each([0.002, 0.01, 0.05])('noise of %d is told from the data', (sigma) => {
  const photons = 1 / sigma ** 2; // of an open ray; behind the object it is more
  const { y } = prepareRow(countsOf(truth, { photons, seed: 3, frames: 100 }), plain);
  const middle = Math.sqrt(truth.data.reduce((sum, value) => sum + Math.exp(value), 0) / truth.data.length);
  expect(noiseOf(y) / (sigma * middle)).toBeGreaterThan(0.75);
  expect(noiseOf(y) / (sigma * middle)).toBeLessThan(1.25);
});
