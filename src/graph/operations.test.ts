import { describe, expect, test } from 'vitest';
import { createNodeRuntime } from '../runtime/node/index.js';
import { Random } from '../tensor/random.js';
import type { Tensor } from '../tensor/tensor.js';
import { evaluate } from './evaluate.js';
import { type Expr, input } from './expr.js';
import { grad } from './gradient.js';
import * as ops from './operations.js';
import { operationCases, setUp, valueAndGradients } from './testing/operation-cases.js';

const runtime = await createNodeRuntime({ threads: 1 });

/** Largest relative difference between the gradient graph and central differences of `scalar`, all in float64. */
function gradientError(scalar: Expr, inputs: Expr[], feeds: Record<string, Tensor>): number {
  const gradients = evaluate(Object.fromEntries(grad(scalar, inputs).map((g, i) => [`g${i}`, g])), feeds);
  const doubles = Object.fromEntries(Object.entries(feeds).map(([k, t]) => [k, { shape: t.shape, data: Float64Array.from(t.data) }]));
  let worst = 0;
  inputs.forEach((_, i) => {
    const x = doubles[`x${i}`].data;
    for (let k = 0; k < x.length; k++) {
      const h = 1e-5;
      const x0 = x[k];
      const at = (value: number): number => {
        x[k] = value;
        const result = evaluate({ scalar }, doubles).scalar.data[0];
        x[k] = x0;
        return result;
      };
      const numeric = (at(x0 + h) - at(x0 - h)) / (2 * h);
      const exact = gradients[`g${i}`].data[k];
      worst = Math.max(worst, Math.abs(numeric - exact) / Math.max(1, Math.abs(numeric)));
    }
  });
  return worst;
}

describe.each(operationCases)('$name', (c) => {
  const { inputs, feeds, y, scalar } = setUp(c);

  test('gradient against finite differences', () => {
    expect(gradientError(scalar, inputs, feeds)).toBeLessThan(1e-6);
  });

  test('gradient of the gradient against finite differences', () => {
    const random = new Random(5).fork(c.name);
    let second: Expr = inputs[0];
    grad(scalar, inputs).forEach((g, i) => {
      const direction = input(`d${i}`, g.shape);
      feeds[`d${i}`] = random.normals(g.shape);
      const term = ops.sum(ops.mul(g, direction));
      second = i === 0 ? term : ops.add(second, term);
    });
    expect(gradientError(second, inputs, feeds)).toBeLessThan(1e-5);
  });

  test('compiled, value and gradient, against the evaluator', async () => {
    const outputs = valueAndGradients({ inputs, y, scalar });
    const compiled = await runtime.compile(outputs);
    const expected = evaluate(outputs, feeds);
    const used = Object.fromEntries(compiled.inputs.map(({ name }) => [name, feeds[name]]));
    const got = await compiled.run(used);
    await compiled.dispose();
    for (const key of Object.keys(outputs)) {
      expect(got[key].shape).toEqual(expected[key].shape);
      expect(got[key].data).toBeNear(expected[key].data, { relative: 1e-5 });
    }
  });
});
