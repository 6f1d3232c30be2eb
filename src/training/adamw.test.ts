import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.js';
import { adamwStep, averageInto, learningRateAt, type Weights, zerosLike } from './adamw.js';

const options = { beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0, clip: 0 };

function minimise(steps: number, settings: Partial<typeof options> = {}): Weights {
  const weights: Weights = new Map([['w', tensor([2, 1], [3, -2])]]);
  const [first, second] = [zerosLike(weights), zerosLike(weights)];
  for (let step = 1; step <= steps; step++) {
    const gradient = weights.get('w')!.data.map((v, i) => (i === 0 ? 100 : 0.01) * (v - 1));
    adamwStep(weights, first, second, () => gradient, step, 0.02, { ...options, ...settings });
  }
  return weights;
}

test('the first step is the learning rate against the sign of the gradient, whatever its size', () => {
  const [a, b] = minimise(1).get('w')!.data;
  expect(a).toBeCloseTo(3 - 0.02, 5);
  expect(b).toBeCloseTo(-2 + 0.02, 5);
});

test('it finds the minimum of a badly scaled quadratic', () => {
  for (const v of minimise(2000).get('w')!.data) expect(v).toBeCloseTo(1, 2);
});

test('weight decay shrinks kernels but leaves biases and codes alone', () => {
  const weights: Weights = new Map([
    ['kernel', tensor([1, 1], [1])],
    ['bias', tensor([1], [1])],
    ['quantize.embedding.weight', tensor([1, 1], [1])],
  ]);
  const zero = new Float32Array(1);
  adamwStep(weights, zerosLike(weights), zerosLike(weights), () => zero, 1, 0.1, { ...options, weightDecay: 0.5 });
  expect([...weights.values()].map(({ data }) => data[0])).toEqual([Math.fround(0.95), 1, 1]);
});

test('gradients are clipped to a global norm, and one that is not finite stops before any weight moves', () => {
  const weights: Weights = new Map([['w', tensor([2], [0, 0])]]);
  const first = zerosLike(weights);
  const norm = adamwStep(weights, first, zerosLike(weights), () => Float32Array.of(30, 40), 1, 0.1, { ...options, clip: 5 });
  expect(norm).toBeCloseTo(50, 4);
  expect(first.get('w')!.data[0]).toBeCloseTo(0.3, 5);
  const before = weights.get('w')!.data.slice();
  const bad = () => adamwStep(weights, first, zerosLike(weights), () => Float32Array.of(1, Number.NaN), 2, 0.1, options);
  expect(bad).toThrow(/gradient of w is not finite/);
  expect(weights.get('w')!.data).toEqual(before);
});

test('the moving average forgets its start and then follows slowly', () => {
  const average: Weights = new Map([['w', tensor([1], [0])]]);
  const weights: Weights = new Map([['w', tensor([1], [1])]]);
  for (let step = 1; step <= 50; step++) averageInto(average, weights, 0.999, step);
  expect(average.get('w')!.data[0]).toBeGreaterThan(0.99);
  // late steps, at the decay itself: what is left of the start after k of them is decay^k
  const old: Weights = new Map([['w', tensor([1], [0])]]);
  for (let step = 100_000; step < 100_400; step++) averageInto(old, weights, 0.995, step);
  expect(old.get('w')!.data[0]).toBeCloseTo(1 - 0.995 ** 400, 4);
  // early ones, as few as there are
  const early: Weights = new Map([['w', tensor([1], [0])]]);
  averageInto(early, weights, 0.995, 1);
  expect(early.get('w')!.data[0]).toBeCloseTo(9 / 11, 6);
});

test('learning rate: warm-up, peak, cosine to the floor', () => {
  const at = (step: number) => learningRateAt(step, { rate: 1, warmup: 10, steps: 110, floor: 0.1 });
  expect(at(0)).toBeCloseTo(0.1);
  expect(at(10)).toBeCloseTo(1);
  expect(at(60)).toBeCloseTo(0.55);
  expect(at(110)).toBeCloseTo(0.1);
});
