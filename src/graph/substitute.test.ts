import { expect, test } from 'vitest';
import { Random } from '../tensor/random.js';
import { evaluate, grad, groupNorm, input, mul, sin, substitute, sumSquares } from './index.js';

const random = new Random(4);
const weight = random.normals([4]);
const bias = random.normals([4]);
const at = random.normals([1, 4, 3, 3]);

/** A graph whose gradient is partly a rule of its own, as the reader of a file makes it: of an input. */
function graphOf(name: string) {
  const x = input(name, [1, 4, 3, 3]);
  const y = sin(groupNorm(mul(x, x), 2, input('weight', [4]), input('bias', [4]), 1e-5));
  return { x, y };
}

test('a graph with an argument in place of its input has the value, and the gradient, of the composition', () => {
  const { x: hole, y } = graphOf('hole');
  const x = input('x', [1, 4, 3, 3]);
  const composed = substitute(y, new Map([[hole, mul(sin(x), 2)]]));
  const direct = (() => {
    const inner = mul(sin(x), 2);
    return sin(groupNorm(mul(inner, inner), 2, input('weight', [4]), input('bias', [4]), 1e-5));
  })();
  const results = [composed, direct].map((z) => {
    const loss = sumSquares(z);
    return evaluate({ loss, g: grad(loss, [x])[0] }, { x: at, weight, bias });
  });
  expect(results[0].loss.data).toEqual(results[1].loss.data);
  results[0].g.data.forEach((value, i) => {
    expect(value).toBeCloseTo(results[1].g.data[i], 10);
  });
  expect(Math.max(...results[0].g.data.map(Math.abs))).toBeGreaterThan(0.1);
});

test('what is not touched stays the same expression; another shape is refused', () => {
  const { x, y } = graphOf('x');
  expect(substitute(y, new Map([[input('other', [2]), input('z', [2])]]))).toBe(y);
  expect(() => substitute(y, new Map([[x, input('z', [2])]]))).toThrow(/\[2\] float32 cannot take the place of \[1,4,3,3\]/);
});
