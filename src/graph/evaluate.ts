import { formatShape, sameShape, type Tensor } from '../tensor/tensor.js';
import { type Expr, inputOp, topological, type Values } from './expr.js';

type Feeds = Readonly<Record<string, Tensor | Values>>;

/**
 * Run a graph in plain float64 JavaScript: slow, and the reference that every compiled result is tested against.
 * @param feeds a value for each input, by name
 * @throws RangeError when an input is missing or misshapen.
 */
export function evaluate<K extends string>(outputs: Readonly<Record<K, Expr>>, feeds: Feeds = {}): Record<K, Values> {
  return evaluator(outputs)(feeds);
}

/** {@link evaluate} of one graph many times: what depends on no input is computed once. */
export function evaluator<K extends string>(outputs: Readonly<Record<K, Expr>>): (feeds: Feeds) => Record<K, Values> {
  const fixed = new Map<Expr, Values>();
  const changing: Expr[] = [];
  const computed = (n: Expr, values: ReadonlyMap<Expr, Values>): Values => {
    const inputs = n.inputs.map((i) => (values.get(i) ?? fixed.get(i))!);
    return { shape: n.shape, data: n.op.evaluate(n, inputs) };
  };
  for (const n of topological(Object.values(outputs) as Expr[])) {
    if (n.op !== inputOp && n.inputs.every((i) => fixed.has(i))) fixed.set(n, computed(n, fixed));
    else changing.push(n);
  }
  return (feeds) => {
    const values = new Map<Expr, Values>();
    for (const n of changing) values.set(n, n.op === inputOp ? fed(n, feeds) : computed(n, values));
    const results = {} as Record<K, Values>;
    for (const key of Object.keys(outputs) as K[]) results[key] = (values.get(outputs[key]) ?? fixed.get(outputs[key]))!;
    return results;
  };
}

function fed(n: Expr, feeds: Feeds): Values {
  const { name } = n.attrs as { name: string };
  const given = feeds[name];
  if (given === undefined) throw new RangeError(`input "${name}" was not fed`);
  if (!sameShape(given.shape, n.shape))
    throw new RangeError(`input "${name}" has shape ${formatShape(n.shape)}, got ${formatShape(given.shape)}`);
  return { shape: n.shape, data: Float64Array.from(given.data) };
}
