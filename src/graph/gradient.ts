import { formatShape, full, sameShape } from '../tensor/tensor.js';
import { add } from './elementwise.js';
import { constant, type Expr, topological } from './expr.js';
import * as ops from './operations.js';

/**
 * Vector-Jacobian product by reverse accumulation: for each of `wrt`, the gradient of `<y, seed>`.
 * The result is a graph like any other and can be differentiated again. Where no gradient flows it is zero.
 * @throws RangeError when the seed has not the shape of y.
 */
export function vjp(y: Expr, seed: Expr, wrt: readonly Expr[]): Expr[] {
  if (!sameShape(y.shape, seed.shape))
    throw new RangeError(`the seed has shape ${formatShape(seed.shape)}, the output ${formatShape(y.shape)}`);
  const order = topological([y]);
  const needed = new Set<Expr>(wrt);
  for (const n of order) if (n.inputs.some((i) => needed.has(i))) needed.add(n);

  const gradients = new Map<Expr, Expr>([[y, seed]]);
  for (const n of order.reverse()) {
    const g = gradients.get(n);
    const wanted = n.inputs.map((i) => needed.has(i));
    if (g === undefined || n.op.gradient === undefined || !wanted.includes(true)) continue;
    n.op.gradient(n, g, ops, wanted).forEach((part, k) => {
      const source = n.inputs[k];
      if (part === undefined || !wanted[k]) return;
      const sofar = gradients.get(source);
      gradients.set(source, sofar === undefined ? part : add(sofar, part));
    });
  }
  return wrt.map((x) => gradients.get(x) ?? constant(full(0, x.shape)));
}

/**
 * Gradients of a scalar with respect to each of `wrt`, as graphs.
 * @example
 * ```ts
 * import { graph, tensor } from 'posteriori';
 * const x = graph.input('x', [3]);
 * const y = graph.sum(graph.square(x));
 * const [dx] = graph.grad(y, [x]);
 * console.log(graph.evaluate({ dx }, { x: tensor([3], [1, 2, 3]) }).dx.data); // 2, 4, 6
 * ```
 */
export function grad(y: Expr, wrt: readonly Expr[]): Expr[] {
  if (y.shape.some((n) => n !== 1)) throw new RangeError(`only a scalar has a gradient, got ${formatShape(y.shape)}: use vjp`);
  return vjp(y, constant(full(1, y.shape)), wrt);
}
