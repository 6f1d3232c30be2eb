import { expect, test } from 'vitest';
import { defaultGeometry } from '../operators/index.js';
import { createEvaluateRuntime } from '../runtime/testing/evaluate-runtime.js';
import { Random } from '../tensor/random.js';
import { full, tensor } from '../tensor/tensor.js';
import { simulate, takeMeasurement } from './problem.js';
import { ctSetup } from './tasks/index.js';

const runtime = createEvaluateRuntime();
const setup = ctSetup(defaultGeometry({ size: 24, views: 30 }));
const air = full(-1, [1, 1, 24, 24]); // whose line integrals are 0: what is measured is noise

test('a simulated measurement has the noise that the solver is told of', async () => {
  const sigma = 0.2;
  const problem = await simulate(runtime, air, setup, { sigma }, new Random(1));
  expect(problem.sigma).toBe(sigma);
  const found = Math.sqrt(problem.y.data.reduce((sum, v) => sum + v * v, 0) / problem.y.data.length);
  expect(problem.y.data.length).toBeGreaterThan(1000);
  expect(Math.abs(found / sigma - 1)).toBeLessThan(0.07);
  expect(problem.truth).toBe(air);
  // counted photons: exp(-0) of them, give or take their root
  const counted = await simulate(runtime, air, setup, { sigma, photons: 400 }, new Random(1));
  expect(Math.abs(counted.sigma / (1 / 20) - 1)).toBeLessThan(0.05);
});

test('a measurement from elsewhere keeps the sigma that it came with', () => {
  const y = tensor(setup.operator.outputShape);
  expect(takeMeasurement(y, setup, 0.07)).toMatchObject({ sigma: 0.07, frame: 'mirrored' });
  expect(takeMeasurement(y, setup, 0.07).y.shape).toEqual([1, ...y.shape]);
});
