import { describe, expect, test } from 'vitest';
import { evaluate, input } from '../graph/index.js';
import { Random } from '../tensor/random.js';
import { tensor } from '../tensor/tensor.js';
import { conv, linear } from './layers.js';
import { checkWeights, constantParams, initialise, inputParams, scope } from './params.js';

const layer = (params: Parameters<typeof linear>[0]) => linear(scope(params, 'a.b'), input('x', [1, 2]), { out: 2 });
const weights = new Map([
  ['a.b.weight', tensor([2, 2], [1, 2, 3, 4])],
  ['a.b.bias', tensor([2], [10, 20])],
]);

describe('params', () => {
  test('baked in or fed, the same layer gives the same numbers', () => {
    const feeds = { x: tensor([1, 2], [1, -1]) };
    const baked = evaluate({ y: layer(constantParams(weights)) }, feeds).y;
    const { params, specs } = inputParams();
    const fed = evaluate({ y: layer(params) }, { ...feeds, ...Object.fromEntries(weights) }).y;
    expect([...baked.data]).toEqual([9, 19]);
    expect([...fed.data]).toEqual([9, 19]);
    expect(specs.map(({ name, shape }) => [name, shape])).toEqual([
      ['a.b.weight', [2, 2]],
      ['a.b.bias', [2]],
    ]);
  });

  test('asked twice, the same node; recorded once', () => {
    const { params, specs } = inputParams();
    expect(layer(params).inputs[1]).toBe(layer(params).inputs[1]);
    expect(specs).toHaveLength(2);
    expect(() => conv(scope(params, 'a.b'), input('x', [1, 2, 4, 4]), { out: 2 })).toThrow(/a\.b\.weight/);
  });

  test('a missing, misshapen or unknown tensor is named', () => {
    const { params, specs } = inputParams();
    layer(params);
    const missing = new Map([...weights].slice(1));
    expect(() => checkWeights(specs, missing)).toThrow(/lack the tensor "a\.b\.weight" \[2,2\]/);
    expect(() => layer(constantParams(missing))).toThrow(/"a\.b\.weight"/);
    const misshapen = new Map([...weights, ['a.b.bias', tensor([1, 2])]] as const);
    expect(() => checkWeights(specs, misshapen)).toThrow(/"a\.b\.bias" has shape \[1,2\], the model needs \[2\]/);
    expect(() => checkWeights(specs, new Map([...weights, ['c', tensor([1])]] as const))).toThrow(/"c"/);
    expect(() => checkWeights(specs, weights)).not.toThrow();
  });

  test('starting values: uniform within the bound, constants exact, each tied to seed and name', () => {
    const specs = [
      { name: 'w', shape: [100, 40], init: { mean: 0, bound: 0.25 } },
      { name: 'one', shape: [3], init: { mean: 1, bound: 0 } },
    ];
    const made = initialise(specs, new Random(5));
    const w = made.get('w')!.data;
    expect(Math.max(...w)).toBeLessThanOrEqual(0.25);
    expect(Math.min(...w)).toBeGreaterThanOrEqual(-0.25);
    const variance = w.reduce((a, v) => a + v * v, 0) / w.length;
    expect(variance / (0.25 ** 2 / 3)).toBeCloseTo(1, 1);
    expect([...made.get('one')!.data]).toEqual([1, 1, 1]);
    expect(initialise(specs.slice(0, 1).toReversed(), new Random(5)).get('w')).toEqual(made.get('w'));
    expect(initialise(specs, new Random(6)).get('w')).not.toEqual(made.get('w'));
  });
});
