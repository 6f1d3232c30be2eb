import { expect, test } from 'vitest';
import { authorsTimeGrid, ddimStep, timeGrid, tweedie } from '../diffusion/index.js';
import { evaluate, input } from '../graph/index.js';
import { gaussianPrior } from '../priors/analytic.js';
import { scaledLinearAlphaBar } from '../priors/schedule.js';
import { Random } from '../tensor/random.js';
import { full, mapTensor, type Tensor, tensor } from '../tensor/tensor.js';
import { resampleVariance, resampleWeight, stochasticEncode, stochasticResample } from './stochastic-resampling.js';

const alphaBar = scaledLinearAlphaBar();
const count = 40000;
const moments = ({ data }: Tensor): [number, number] => {
  const mean = data.reduce((a, b) => a + b) / data.length;
  return [mean, data.reduce((a, b) => a + (b - mean) ** 2, 0) / data.length];
};

// Step of 500, abar, then sigma^2 and weight on z0y for either schedule, gamma = 40: worked out by hand for the published program.
test.each([
  [330, 0.0247, 0.884, 0.476, 34.96, 0.973],
  [250, 0.114, 0.634, 0.418, 4.93, 0.848],
  [170, 0.3306, 0.424, 0.389, 0.859, 0.563],
  [160, 0.3671, 0.401, 0.389, 0.691, 0.524],
  [80, 0.6978, 0.238, 0.444, 0.103, 0.257],
  [40, 0.8599, 0.171, 0.556, 0.0278, 0.17],
  [10, 0.9657, 0.121, 0.795, 0.0043, 0.121],
])('step %i of 500: sigma^2 and weight of both schedules', (i, a, posterior, posteriorWeight, paper, paperWeight) => {
  for (const step of [timeGrid(alphaBar, 500)[i], authorsTimeGrid(alphaBar, 500)[i]]) {
    expect(Math.abs(step.alphaBar - a)).toBeLessThan(6e-5);
    const [s2, s2paper] = [resampleVariance(step, 'posterior', 40), resampleVariance(step, 'paper', 40)];
    expect(Math.abs(s2 - posterior)).toBeLessThan(6e-4);
    expect(Math.abs(s2paper / paper - 1)).toBeLessThan(0.01);
    expect(Math.abs(resampleWeight(step.alphaBarNext, s2) - posteriorWeight)).toBeLessThan(6e-4);
    expect(Math.abs(resampleWeight(step.alphaBarNext, s2paper) - paperWeight)).toBeLessThan(6e-4);
  }
});

test('Proposition 1: stochastic encoding has mean sqrt(abar) z0y and variance 1 - abar', () => {
  const [mean, variance] = moments(stochasticEncode(full(1.7, [count]), 0.36, new Random(1)));
  expect(Math.abs(mean - 0.6 * 1.7)).toBeLessThan(0.02);
  expect(Math.abs(variance / 0.64 - 1)).toBeLessThan(0.03);
});

test('Proposition 2: stochastic resampling is the product of N(sqrt(abar) z0y, (1 - abar) I) and N(z0prime, sigma^2 I)', () => {
  const [a, s2, consistent, unconditional] = [0.36, 0.4, 1.7, -0.5];
  const [mean, variance] = moments(stochasticResample(full(consistent, [count]), full(unconditional, [count]), a, s2, new Random(2)));
  const precision = 1 / (1 - a) + 1 / s2;
  expect(Math.abs(mean - ((Math.sqrt(a) * consistent) / (1 - a) + unconditional / s2) / precision)).toBeLessThan(0.01);
  expect(Math.abs(variance * precision - 1)).toBeLessThan(0.03);
});

test('Lemma 1: resampling has less variance than encoding, whatever sigma^2', () => {
  for (const s2 of [0.01, 0.4, 40]) {
    const [, resampled] = moments(stochasticResample(full(0, [count]), full(0, [count]), 0.36, s2, new Random(3)));
    const [, encoded] = moments(stochasticEncode(full(0, [count]), 0.36, new Random(3)));
    expect(resampled).toBeLessThan(encoded);
    expect(resampled / encoded).toBeCloseTo(s2 / (s2 + 0.64), 3);
  }
});

test('Theorem 1: resampling is unbiased where z0hat is consistent already, E[z_t] = E[z_t of DDIM], and biased where z0y is not', () => {
  const prior = gaussianPrior([1, 1, 1], [0.8], [0.5]);
  const step = timeGrid(alphaBar, 50)[20];
  const random = new Random(4);
  const shape = [count, 1, 1, 1];
  const clean = mapTensor(random.normals(shape), (n) => 0.8 + Math.sqrt(0.5) * n);
  const z = mapTensor(clean, (z0) => Math.sqrt(step.alphaBar) * z0 + Math.sqrt(1 - step.alphaBar) * random.normal());
  const graph = { epsilon: prior.epsilon(input('z', shape), input('t', [count])) };
  const epsilon = tensor(shape, evaluate(graph, { z, t: full(step.t, [count]) }).epsilon.data);
  const estimate = tweedie(z, epsilon, step.alphaBar); // consistent: it stands for z0y as well
  const unconditional = ddimStep(estimate, epsilon, step, random);
  const s2 = resampleVariance(step, 'posterior', 40);
  const mean = (consistent: Tensor) => moments(stochasticResample(consistent, unconditional, step.alphaBarNext, s2, random))[0];
  const expected = moments(unconditional)[0];
  expect(Math.abs(mean(estimate) - expected)).toBeLessThan(0.015);
  expect(Math.abs(mean(mapTensor(estimate, (v) => v + 0.5)) - expected)).toBeGreaterThan(0.1);
});
