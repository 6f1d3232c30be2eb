import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../tensor/random.js';
import { tensor } from '../tensor/tensor.js';
import { applyMap, denseToMap, sparseMap, transposeMap } from './sparse-map.js';

const matrix = tensor([2, 3], [1, 0, 2, 0, -3, 0]);

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);

test('a map multiplies like the matrix it was made of, and its transpose like the transposed matrix', () => {
  const map = denseToMap(matrix);
  expect(map.columns.length).toBe(3);
  expect([...applyMap(map, Float32Array.of(1, 10, 100))]).toEqual([201, -30]);
  expect([...applyMap(transposeMap(map), Float64Array.of(1, 10))]).toEqual([1, -30, 2]);
  expect(transposeMap(transposeMap(map))).toBe(map);
});

test('<A x, v> = <x, A^T v> for random maps, empty rows and columns among them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.nat(), (rows, cols, seed) => {
      const random = new Random(seed);
      const map = denseToMap(
        tensor(
          [rows, cols],
          Array.from({ length: rows * cols }, () => (random.uniform() < 0.3 ? random.normal() : 0)),
        ),
      );
      sparseMap(transposeMap(map));
      const [x, v] = [random.normals([cols]).data, random.normals([rows]).data];
      expect(dot(applyMap(map, x), v)).toBeCloseTo(dot(x, applyMap(transposeMap(map), v)), 4);
    }),
  );
});

test('a malformed map is refused, and so is a vector of the wrong length', () => {
  const map = denseToMap(matrix);
  expect(() => sparseMap({ ...map, columns: Int32Array.of(0, 3, 1) })).toThrow(/column 3 of 3/);
  expect(() => sparseMap({ ...map, rowStart: Int32Array.of(0, 3) })).toThrow(/rowStart/);
  expect(() => sparseMap({ ...map, rowStart: Int32Array.of(0, 4, 3) })).toThrow(/row 1 starts after/);
  expect(() => sparseMap({ ...map, weights: Float32Array.of(1, Number.NaN, 1) })).toThrow(/weight NaN/);
  expect(() => applyMap(map, new Float32Array(2))).toThrow(/cannot take 2/);
});
