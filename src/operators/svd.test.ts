import { expect, test } from 'vitest';
import { Random } from '../tensor/random.js';
import { type Matrix, matrixOf } from './matrix.js';
import { svd } from './svd.js';

const random = new Random(1);
const full = (rows: number, columns: number) => matrixOf(rows, columns, () => random.normal());
const product = (a: Matrix, b: Matrix) =>
  matrixOf(a.rows, b.columns, (i, j) => {
    let sum = 0;
    for (let k = 0; k < a.columns; k++) sum += a.data[i * a.columns + k] * b.data[k * b.columns + j];
    return sum;
  });

test.each([
  ['square', full(7, 7), 7],
  ['tall', full(9, 4), 4],
  ['wide', full(3, 8), 3],
  ['of rank 2', product(full(6, 2), full(2, 6)), 2],
  ['of zeros', matrixOf(3, 4, () => 0), 0],
] as Array<[string, Matrix, number]>)('a matrix, %s: A = U S V^T, V complete and orthogonal, values falling', (_, a, rank) => {
  const { u, s, v } = svd(a);
  expect(s.filter((value) => value > 0).length).toBe(rank);
  for (let k = 1; k < s.length; k++) expect(s[k]).toBeLessThanOrEqual(s[k - 1]);
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < a.columns; j++) {
      let sum = 0;
      for (let k = 0; k < s.length; k++) sum += u.data[i * a.columns + k] * s[k] * v.data[j * a.columns + k];
      expect(sum).toBeCloseTo(a.data[i * a.columns + j], 10);
    }
  for (const [matrix, length, count] of [
    [v, a.columns, a.columns],
    [u, a.rows, rank],
  ] as Array<[Matrix, number, number]>)
    for (let p = 0; p < count; p++)
      for (let q = 0; q < count; q++) {
        let dot = 0;
        for (let i = 0; i < length; i++) dot += matrix.data[i * a.columns + p] * matrix.data[i * a.columns + q];
        expect(dot).toBeCloseTo(p === q ? 1 : 0, 10);
      }
});
