import { expect, test } from 'vitest';
import { evaluate, input } from '../graph/index.js';
import { gaussianPrior } from '../priors/analytic.js';
import { scaledLinearAlphaBar } from '../priors/schedule.js';
import { Random } from '../tensor/random.js';
import { full, type Tensor, tensor } from '../tensor/tensor.js';
import { ancestralStep, authorsTimeGrid, ddimStep, posteriorVariance, timeGrid, tweedie, tweedieGraph } from './index.js';

const alphaBar = scaledLinearAlphaBar();

test.each([1, 2, 7, 20, 300, 333, 500, 600, 999, 1000])(
  'a grid of %i steps is even, strictly rising, and joins up from noise to clean',
  (steps) => {
    const grid = timeGrid(alphaBar, steps);
    expect(grid.length).toBe(steps);
    expect(grid[steps - 1].t).toBe(999);
    expect(grid[0].alphaBarNext).toBe(1);
    for (const [i, { t, alphaBar: a }] of grid.entries()) {
      expect(a).toBe(alphaBar[t]);
      if (i === 0) continue;
      expect(grid[i].alphaBarNext).toBe(grid[i - 1].alphaBar);
      expect(Math.abs(t - grid[i - 1].t - 1000 / steps)).toBeLessThan(1);
      expect(t).toBeGreaterThan(grid[i - 1].t);
    }
  },
);

test('every number of steps from 1 to 1000 gives distinct levels in range; others are refused', () => {
  for (let steps = 1; steps <= 1000; steps += 1) {
    const levels = timeGrid(alphaBar, steps).map((step) => step.t);
    expect(new Set(levels).size).toBe(steps);
    expect(Math.min(...levels)).toBeGreaterThanOrEqual(0);
  }
  for (const steps of [0, 1001, 2.5, Number.NaN]) expect(() => timeGrid(alphaBar, steps)).toThrow(/number of diffusion steps/);
});

test("the authors' grid: 1, 3, .., 999 for 500 steps, ending at abar_0; what their program cannot run is refused", () => {
  const grid = authorsTimeGrid(alphaBar, 500);
  expect(grid.map((step) => step.t)).toEqual(Array.from({ length: 500 }, (_, i) => 2 * i + 1));
  expect(grid[0].alphaBarNext).toBe(alphaBar[0]);
  for (const steps of [300, 333, 600, 1000]) expect(() => authorsTimeGrid(alphaBar, steps)).toThrow(/divides 1000/);
});

test('Tweedie inverts the forward process when the noise is known, as numbers and as a graph', () => {
  const random = new Random(1);
  const clean = random.normals([1, 5]);
  const noise = random.normals([1, 5]);
  const z = tensor(
    [1, 5],
    clean.data.map((v, i) => Math.sqrt(0.3) * v + Math.sqrt(0.7) * noise.data[i]),
  );
  const graph = evaluate({ x: tweedieGraph(input('z', [1, 5]), input('e', [1, 5]), input('a', [])) }, { z, e: noise, a: full(0.3) }).x;
  for (let i = 0; i < 5; i++) {
    expect(tweedie(z, noise, 0.3).data[i]).toBeCloseTo(clean.data[i], 5);
    expect(graph.data[i]).toBeCloseTo(clean.data[i], 5);
  }
});

test('an ancestral step is DDIM with eta = 1', () => {
  const random = new Random(2);
  const [clean, noise] = [random.normals([1, 5]), random.normals([1, 5])];
  const step = timeGrid(alphaBar, 50)[20];
  const z = tensor(
    [1, 5],
    clean.data.map((v, i) => Math.sqrt(step.alphaBar) * v + Math.sqrt(1 - step.alphaBar) * noise.data[i]),
  );
  const a = ancestralStep(z, clean, step, new Random(3));
  const b = ddimStep(clean, noise, step, new Random(3), { eta: 1 });
  expect(a.data).toBeNear(b.data, { absolute: 5e-6 });
  expect(posteriorVariance({ ...step, alphaBarNext: 1 })).toBe(0);
});

// Ancestral steps lose a little variance each, being drawn around one clean estimate: they need to be smaller.
test.each([
  ['ddim', 60],
  ['ancestral', 300],
] as const)('%s sampling of a Gaussian prior gives its mean and covariance', (sampler, steps) => {
  const count = 2000;
  const [mean, covariance] = [
    [1, -0.5],
    [0.9, 0.3, 0.3, 0.4],
  ];
  const prior = gaussianPrior([1, 1, 2], mean, covariance);
  const random = new Random(5);
  let z: Tensor = random.normals([count, 1, 1, 2]);
  const graph = { epsilon: prior.epsilon(input('z', z.shape), input('t', [count])) };
  for (const step of timeGrid(alphaBar, steps).reverse()) {
    const epsilon = tensor(z.shape, evaluate(graph, { z, t: full(step.t, [count]) }).epsilon.data);
    const clean = tweedie(z, epsilon, step.alphaBar);
    z = sampler === 'ddim' ? ddimStep(clean, epsilon, step, random) : ancestralStep(z, clean, step, random);
  }
  const moment = (f: (a: number, b: number) => number) =>
    Array.from({ length: count }, (_, k) => f(z.data[2 * k], z.data[2 * k + 1])).reduce((a, b) => a + b) / count;
  expect(moment((a) => a)).toBeCloseTo(1, 1);
  expect(moment((_, b) => b)).toBeCloseTo(-0.5, 1);
  expect(Math.abs(moment((a) => (a - 1) ** 2) - 0.9)).toBeLessThan(0.1);
  expect(Math.abs(moment((_, b) => (b + 0.5) ** 2) - 0.4)).toBeLessThan(0.06);
  expect(Math.abs(moment((a, b) => (a - 1) * (b + 0.5)) - 0.3)).toBeLessThan(0.06);
});
