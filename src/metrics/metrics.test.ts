import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Random } from '../tensor/random.js';
import { full, mapTensor, reshapeTensor, tensor } from '../tensor/tensor.js';
import { psnr, residual, ssim } from './index.js';

interface Case {
  shape: number[];
  a: number[];
  b: number[];
  psnr: number;
  ssim: number;
}
const cases = JSON.parse(readFileSync(new URL('./fixtures/image-metrics.json', import.meta.url), 'utf8')) as Case[];
const image = (shape: number[], values: number[]) =>
  tensor(
    shape,
    values.map((value) => value / 128),
  );

describe('PSNR and SSIM equal scikit-image to 1e-6', () => {
  test.each(cases)('images $shape', (reference) => {
    const [a, b] = [image(reference.shape, reference.a), image(reference.shape, reference.b)];
    expect(Math.abs(ssim(a, b) - reference.ssim)).toBeLessThan(1e-6);
    expect(Math.abs(psnr(a, b) - reference.psnr)).toBeLessThan(1e-6);
    expect(ssim(b, a)).toBeCloseTo(ssim(a, b), 12);
  });
});

test('PSNR of a known difference, and of images that differ only beyond the range', () => {
  expect(psnr(full(0, [1, 4, 4]), full(0.02, [1, 4, 4]))).toBeCloseTo(40, 5);
  expect(psnr(full(1, [4, 4]), full(1.7, [4, 4]))).toBe(Infinity);
});

test('an image compared with itself, with and without a batch axis', () => {
  const x = mapTensor(new Random(1).normals([1, 2, 12, 13]), (value) => value / 3);
  expect(ssim(x, x)).toBeCloseTo(1, 12);
  expect(ssim(reshapeTensor(x, [2, 12, 13]), reshapeTensor(x, [2, 12, 13]))).toBeCloseTo(1, 12);
});

test('the residual is a mean square', () => {
  expect(residual(tensor([1, 2, 2], [1, 2, 3, 4]), tensor([1, 2, 2], [1, 2, 3, 2]))).toBe(1);
  expect(() => residual(tensor([3]), tensor([2]))).toThrow(/residual of \[3\]/);
});

test('what cannot be compared is refused', () => {
  expect(() => psnr(tensor([1, 4, 4]), tensor([1, 4, 5]))).toThrow(/one shape/);
  expect(() => psnr(tensor([2, 1, 4, 4]), tensor([2, 1, 4, 4]))).toThrow(/one image/);
  expect(() => ssim(tensor([10, 40]), tensor([10, 40]))).toThrow(/11 pixels/);
});
