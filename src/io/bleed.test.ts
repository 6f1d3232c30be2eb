import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.js';
import { bleed } from './bleed.js';
import { resize } from './resize.js';

test('colours go on under what is transparent; what shows stays to the bit', () => {
  const [height, width] = [11, 14];
  const inside = (i: number) => i % width > 3 && i % width < 9;
  const alpha = tensor(
    [height, width],
    Array.from({ length: height * width }, (_, i) => (inside(i) ? 1 : i % width === 3 ? 0.5 : 0)),
  );
  const seen = (i: number) => (i < height * width ? 0.6 : -0.2);
  const pixels = tensor(
    [2, height, width],
    Array.from({ length: 2 * height * width }, (_, i) => (alpha.data[i % alpha.data.length] > 0 ? seen(i) : -1)),
  );
  const out = bleed(pixels, alpha);
  for (const [i, value] of out.data.entries()) expect(value).toBeCloseTo(seen(i), 6);
  // and so an enlargement has no dark fringe
  const large = resize(out, [33, 42]);
  expect(Math.min(...large.data.subarray(0, 33 * 42))).toBeGreaterThan(0.599);
  expect(Math.min(...resize(pixels, [33, 42]).data.subarray(0, 33 * 42))).toBeLessThan(-0.9);
});

test('nearer colours count for more', () => {
  const row = bleed(tensor([1, 1, 8], [0.8, 0, 0, 0, 0, 0, 0, -0.8]), tensor([1, 8], [1, 0, 0, 0, 0, 0, 0, 1])).data;
  expect(row[1]).toBeCloseTo(0.8, 6);
  expect(row[6]).toBeCloseTo(-0.8, 6);
});
