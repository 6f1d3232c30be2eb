import { expect, test } from 'vitest';
import { Random } from '../../tensor/random.js';
import { correlate, exponentialCovariance } from './correlated.js';

const shape = [2, 4, 5];
const size = 40;
const unit = (k: number) => Float64Array.from({ length: size }, (_, i) => (i === k ? 1 : 0));

test('L L^T is the exponential covariance, channels apart', () => {
  const root = exponentialCovariance(shape, 3);
  for (let a = 0; a < size; a++) {
    const column = root.apply(root.transposed(unit(a)));
    for (let b = 0; b < size; b++) {
      const [ca, cb] = [Math.floor(a / 20), Math.floor(b / 20)];
      const distance = Math.abs(Math.floor((a % 20) / 5) - Math.floor((b % 20) / 5)) + Math.abs((a % 5) - (b % 5));
      expect(column[b]).toBeCloseTo(ca === cb ? Math.exp(-distance / 3) : 0, 12);
    }
  }
});

test('the transpose is the transpose, of the root and of a map through it', async () => {
  const random = new Random(2);
  const vector = () => Float64Array.from(random.normals([size]).data);
  const root = exponentialCovariance(shape, 1.5);
  const map = correlate(
    { forward: async (x) => x.filter((_, i) => i % 3 === 0), adjoint: async (r) => unit(0).map((_, i) => (i % 3 === 0 ? r[i / 3] : 0)) },
    root,
  );
  const [u, x] = [vector(), vector()];
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  expect(dot(root.apply(u), x)).toBeCloseTo(dot(u, root.transposed(x)), 12);
  const r = x.slice(0, 14);
  expect(dot(await map.forward(u), r)).toBeCloseTo(dot(u, await map.adjoint(r)), 12);
});
