import { expect, test } from 'vitest';
import { Random } from '../tensor/random.js';
import { sizeOf } from '../tensor/tensor.js';
import { evaluate } from './evaluate.js';
import { type Expr, input, topological } from './expr.js';
import { vjp } from './gradient.js';
import { attention, matmul, mul, softmax, transpose } from './operations.js';
import { simplify } from './simplify.js';

const [q, k, v, g] = ['q', 'k', 'v', 'g'].map((name) => input(name, [2048, 4]));
const all = (options?: Parameters<typeof attention>[4]): Expr[] => {
  const y = attention(q, k, v, 0.5, options);
  return topological(Object.values(simplify(Object.fromEntries([y, ...vjp(y, g, [q, k, v])].map((e, i) => [i, e])))));
};
const softmaxes = (nodes: Expr[]): number => nodes.filter((n) => n.op.name === 'softmax').length;

test('no matrix of all scores, forward or backward, and the softmax is computed once', () => {
  const nodes = all();
  expect(Math.max(...nodes.map((n) => sizeOf(n.shape)))).toBe(2048 * 512);
  expect(softmaxes(nodes)).toBe(4);
});

test('computed again for the gradient, no softmax of the forward pass has to be kept', () => {
  expect(softmaxes(all({ recompute: true }))).toBe(8);
  const large = ['q', 'k', 'v', 'g'].map((name) => input(name, [2 ** 14, 4]));
  const y = attention(large[0], large[1], large[2], 0.5);
  const [dq] = vjp(y, large[3], [large[0]]);
  expect(softmaxes(topological([dq]))).toBe(2 * (2 ** 14 / 256));
});

test('blocks and gradients equal those of the formula', () => {
  const random = new Random(3);
  const [a, b, c, seed] = [
    [2, 7, 3],
    [2, 5, 3],
    [2, 5, 4],
    [2, 7, 4],
  ].map((shape, i) => input(`x${i}`, shape));
  const feeds = Object.fromEntries([a, b, c, seed].map((x) => [x.attrs.name, random.normals(x.shape)]));
  const results = (y: Expr) => evaluate(Object.fromEntries([y, ...vjp(y, seed, [a, b, c])].map((e, i) => [i, e])), feeds);
  const want = results(matmul(softmax(mul(matmul(a, transpose(b)), 0.7)), c));
  for (const options of [{}, { rows: 3 }, { rows: 3, recompute: true }]) {
    const got = results(attention(a, b, c, 0.7, options));
    for (const key of Object.keys(want)) {
      expect(got[key].data).toBeNear(want[key].data, { absolute: 1e-12 });
    }
  }
});

test('leading axes must agree', () => {
  expect(() => attention(input('a', [2, 3, 4]), input('b', [3, 3, 4]), input('c', [2, 3, 4]), 1)).toThrow(/\[3,3,4\].*leading axes/);
});
