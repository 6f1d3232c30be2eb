import { formatShape, sameShape, type Tensor } from '../tensor/tensor.js';
import { type Expr, inputOp, topological, type Values } from './expr.js';

/**
 * Run a graph in plain float64 JavaScript: slow, and the reference that every compiled result is tested against.
 * @param feeds a value for each input, by name
 * @throws RangeError when an input is missing or misshapen.
 */
export function evaluate<K extends string>(
  outputs: Readonly<Record<K, Expr>>,
  feeds: Readonly<Record<string, Tensor | Values>> = {},
): Record<K, Values> {
  const values = new Map<Expr, Values>();
  for (const n of topological(Object.values(outputs) as Expr[])) {
    let data: Float64Array;
    if (n.op === inputOp) {
      const fed = feeds[n.attrs.name];
      if (fed === undefined) throw new RangeError(`input "${n.attrs.name}" was not fed`);
      if (!sameShape(fed.shape, n.shape))
        throw new RangeError(`input "${n.attrs.name}" has shape ${formatShape(n.shape)}, got ${formatShape(fed.shape)}`);
      data = Float64Array.from(fed.data);
    } else {
      data = n.op.evaluate(
        n,
        n.inputs.map((i) => values.get(i)!),
      );
    }
    values.set(n, { shape: n.shape, data });
  }
  const results = {} as Record<K, Values>;
  for (const key of Object.keys(outputs) as K[]) results[key] = values.get(outputs[key])!;
  return results;
}
