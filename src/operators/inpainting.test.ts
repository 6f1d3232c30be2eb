import { expect, test } from 'vitest';
import { evaluate, input } from '../graph/index.js';
import { UserError } from '../tensor/errors.js';
import { Random } from '../tensor/random.js';
import { tensor } from '../tensor/tensor.js';
import { boxMask, inpainting, parseMask, randomMask } from './index.js';

test('y holds the observed pixels, in order, of each channel; the adjoint puts them back and leaves the rest 0', () => {
  const operator = inpainting([2, 2, 3], { shape: [2, 3], data: new Uint8Array([0, 255, 255, 0, 0, 255]) });
  expect(operator.outputShape).toEqual([2, 3]);
  const x = tensor([1, 2, 2, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  const y = tensor([1, 2, 3], [1, 2, 3, 4, 5, 6]);
  const { forward, back } = evaluate(
    { forward: operator.apply(input('x', x.shape)), back: operator.adjoint(input('y', y.shape)) },
    { x, y },
  );
  expect([...forward.data]).toEqual([1, 2, 5, 7, 8, 11]);
  expect([...back.data]).toEqual([0, 1, 2, 0, 0, 3, 0, 4, 5, 0, 0, 6]);
});

test('masks of bytes, of unit range, of [-1, 1] and in colour mean the same', () => {
  const size = [2, 2] as const;
  const expected = tensor([2, 2], [1, 0, 0, 1]);
  for (const mask of [
    { shape: [2, 2], data: Uint8Array.of(255, 3, 0, 250) },
    { shape: [1, 2, 2], data: [1, 0, 0, 1] },
    tensor([1, 1, 2, 2], [1, -1, -1, 0.97]),
    tensor([3, 2, 2], [1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1]),
  ])
    expect(parseMask(mask, size)).toEqual(expected);
});

test('masks of another size, of nothing, of everything, and of colours that differ are refused', () => {
  const size = [2, 2] as const;
  expect(() => parseMask(tensor([3, 2]), size)).toThrow(/\[3,2\], but the image is 2 x 2/);
  expect(() => parseMask(tensor([2, 2, 2, 2]), size)).toThrow(/own size/);
  expect(() => parseMask(tensor([4], [1, 0, 0, 0]), size)).toThrow(/own size/);
  expect(() => parseMask(tensor([2, 2]), size)).toThrow(/observes no pixel/);
  expect(() => parseMask(tensor([2, 2], [-1, -1, -1, -1]), size)).toThrow(/observes no pixel/);
  expect(() => parseMask(tensor([2, 2], [1, 1, 1, 1]), size)).toThrow(/leaves no pixel out/);
  expect(() => parseMask(tensor([2, 2, 2], [1, 0, 0, 0, 0, 0, 0, 1]), size)).toThrow(/differs between colours/);
  expect(() => inpainting([3, 1, 1], tensor([1, 1], [1]))).toThrow(/1 x 1/);
});

test('random masks miss the share asked for, each pixel by itself, and are seeded', () => {
  const mask = randomMask([200, 150], 0.7, new Random(0));
  const share = mask.data.reduce((a, b) => a + b, 0) / mask.data.length;
  expect(Math.abs(share - 0.3)).toBeLessThan(0.01);
  let pairs = 0;
  for (let i = 1; i < mask.data.length; i++) pairs += mask.data[i] * mask.data[i - 1];
  expect(Math.abs(pairs / mask.data.length - 0.09)).toBeLessThan(0.01);
  expect(randomMask([20, 20], 0.7, new Random(1))).toEqual(randomMask([20, 20], 0.7, new Random(1)));
  expect(randomMask([20, 20], 0.7, new Random(1))).not.toEqual(randomMask([20, 20], 0.7, new Random(2)));
  for (const missing of [0, 1, -1, Number.NaN]) expect(() => randomMask([4, 4], missing, new Random(0))).toThrow(UserError);
});

test('boxes have their size, keep their margin, and reach every place that is left', () => {
  const places = new Set<string>();
  for (let seed = 0; seed < 100; seed++) {
    const { data } = boxMask([8, 9], 4, 1, new Random(seed));
    const missing = [...data.keys()].filter((i) => data[i] === 0);
    const [rows, columns] = [missing.map((i) => Math.floor(i / 9)), missing.map((i) => i % 9)];
    expect(missing.length).toBe(16);
    expect(Math.max(...rows) - Math.min(...rows)).toBe(3);
    expect(Math.max(...columns) - Math.min(...columns)).toBe(3);
    expect(Math.min(...rows, ...columns)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...rows)).toBeLessThanOrEqual(6);
    expect(Math.max(...columns)).toBeLessThanOrEqual(7);
    places.add(`${rows[0]},${columns[0]}`);
  }
  expect(places.size).toBe(3 * 4);
  expect(() => boxMask([64, 64], 128, 16, new Random(0))).toThrow(/does not fit into an image of 64 x 64/);
  for (const [box, margin] of [
    [0, 0],
    [2.5, 0],
    [2, -1],
  ])
    expect(() => boxMask([8, 8], box, margin, new Random(0))).toThrow(UserError);
});
