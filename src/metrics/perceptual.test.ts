import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Random } from '../tensor/random.js';
import { full, mapTensor, reshapeTensor, tensor } from '../tensor/tensor.js';
import { haarPsi, msSsim, msSsimSide } from './index.js';
import { pair } from './testing/formula.js';

interface Case {
  name: string;
  shape: number[];
  most: number;
  inverted: boolean;
  msSsim?: number;
  haarPsi: number;
}
const cases = JSON.parse(readFileSync(new URL('./fixtures/perceptual-metrics.json', import.meta.url), 'utf8')) as Case[];

// pytorch-msssim keeps window and exponents in single precision, whence its 1e-7
describe('MS-SSIM equals pytorch-msssim, HaarPSI haarPsi.py (fixtures/make-perceptual-metrics.py)', () => {
  test.each(cases)('images $shape, noise $most, inverted $inverted', ({ name, shape, most, inverted, ...reference }) => {
    const [a, given] = pair(name, shape, most);
    const b = inverted ? mapTensor(given, (value) => -value) : given;
    expect(Math.abs(haarPsi(a, b) - reference.haarPsi)).toBeLessThan(1e-9);
    expect(haarPsi(b, a)).toBeCloseTo(reference.haarPsi, 9);
    if (reference.msSsim === undefined) return;
    expect(Math.abs(msSsim(a, b) - reference.msSsim)).toBeLessThan(5e-7);
    expect(msSsim(b, a)).toBeCloseTo(reference.msSsim, 6);
  });
});

test('an image compared with itself, with and without a batch axis; more noise is less alike', () => {
  const x = mapTensor(new Random(1).normals([1, 3, 162, 161]), (value) => value / 3);
  const noise = new Random(2).normals(x.shape);
  const [little, much] = [0.1, 0.3].map((sigma) => mapTensor(x, (value, i) => value + sigma * noise.data[i]));
  const flat = reshapeTensor(x, x.shape.slice(1));
  for (const metric of [msSsim, haarPsi]) {
    expect(metric(x, x)).toBeCloseTo(1, 12);
    expect(metric(flat, flat)).toBeCloseTo(1, 12);
    expect(metric(x, much)).toBeLessThan(metric(x, little));
    expect(metric(x, little)).toBeLessThan(1);
  }
});

test('images that differ only beyond the range are equal; two black ones too', () => {
  const [white, black] = [full(1, [161, 170]), full(-1, [161, 170])];
  for (const metric of [msSsim, haarPsi]) {
    expect(metric(white, full(1.7, [161, 170]))).toBeCloseTo(1, 12);
    expect(metric(black, full(-3, [161, 170]))).toBe(1);
  }
});

test('what cannot be compared is refused', () => {
  expect(msSsimSide).toBe(161);
  expect(() => msSsim(tensor([160, 400]), tensor([160, 400]))).toThrow(/five scales.*161 pixels.*160 x 400/);
  expect(() => haarPsi(tensor([2, 8, 8]), tensor([2, 8, 8]))).toThrow(/one channel or three/);
  for (const metric of [msSsim, haarPsi]) {
    expect(() => metric(tensor([1, 4, 4]), tensor([1, 4, 5]))).toThrow(/one shape/);
    expect(() => metric(tensor([2, 1, 4, 4]), tensor([2, 1, 4, 4]))).toThrow(/one image/);
  }
});
