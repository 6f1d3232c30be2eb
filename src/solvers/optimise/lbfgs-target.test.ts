import { expect, test } from 'vitest';
import { lbfgs } from './lbfgs.js';

/* 1/2 ||x||^2 in ten unequal directions: one full step would end at 0, far below any target. */
const objective = async (x: Float64Array) => ({
  value: 0.5 * x.reduce((sum, v, i) => sum + (i + 1) * v * v, 0),
  gradient: x.map((v, i) => (i + 1) * v),
});

test.each([20, 3, 0.1])('L-BFGS ends at its target %d, not below', async (target) => {
  const steps = lbfgs(objective, new Float64Array(10).fill(1), { iterations: 50, target });
  for (;;) {
    const { value, done } = await steps.next();
    if (!done) continue;
    expect(value.at.value).toBeLessThanOrEqual(target);
    expect(value.at.value).toBeGreaterThan(0.9 * target);
    break;
  }
});
