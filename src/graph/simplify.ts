import { formatShape, full, sameShape, sizeOf, tensor } from '../tensor/tensor.js';
import { constant, constantInt, constantValue, type Expr, inputOp, isConstant, node, topological } from './expr.js';
import { broadcastTo, reshape, transpose } from './layout.js';
import { broadcastShapes } from './strides.js';

/** A folded constant may be twice as large as what it was folded from, and this many elements larger. */
const FOLD_GROWTH = 65536;

/**
 * An equivalent, smaller graph: constants folded, neutral operations removed, equal subexpressions shared, markers that
 * matter only to gradients (stopGradient, straightThrough, withGradient) dropped. Whatever the outputs do not need is gone by itself.
 * Call it after differentiation, not before.
 */
export function simplify<K extends string>(outputs: Readonly<Record<K, Expr>>): Record<K, Expr> {
  const replaced = new Map<Expr, Expr>();
  const known = new Map<string, Expr>();
  const ids = new Map<object, number>();
  const idOf = (x: object): number => {
    let id = ids.get(x);
    if (id === undefined) {
      id = ids.size;
      ids.set(x, id);
    }
    return id;
  };

  for (const old of topological(Object.values(outputs) as Expr[])) {
    const inputs = old.inputs.map((i) => replaced.get(i)!);
    let n = inputs.every((x, i) => x === old.inputs[i]) ? old : node(old.op, inputs, old.attrs, old.shape, old.dtype);
    n = fold(n) ?? neutral(n) ?? unstretch(n) ?? n;
    const key = keyOf(n, idOf);
    const twin = known.get(key);
    if (twin === undefined) known.set(key, n);
    replaced.set(old, twin ?? n);
  }
  const results = {} as Record<K, Expr>;
  for (const key of Object.keys(outputs) as K[]) results[key] = replaced.get(outputs[key])!;
  return results;
}

/** Equal keys mean equal values. Large constants are told apart by identity: comparing them would cost more than it saves. */
function keyOf(n: Expr, idOf: (x: object) => number): string {
  if (isConstant(n)) {
    const data: Float32Array | Int32Array = n.attrs.data;
    const content = data.length <= 64 ? data.join() : `#${idOf(data)}`;
    return `${n.dtype}${formatShape(n.shape)}${content}`;
  }
  const attrs = JSON.stringify(n.attrs, (_key, value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value) && value !== n.attrs
      ? `#${idOf(value)}`
      : Object.is(value, -0)
        ? '-0'
        : value === -Infinity
          ? '-inf'
          : value === Infinity
            ? 'inf'
            : value,
  );
  return `${n.op.name}${attrs}${n.dtype}${formatShape(n.shape)}(${n.inputs.map(idOf).join()})`;
}

/** The value of an operation on constants alone. */
function fold(n: Expr): Expr | undefined {
  if (n.op === inputOp || isConstant(n) || n.inputs.length === 0 || !n.inputs.every(isConstant) || n.dtype === 'bool') return undefined;
  const size = sizeOf(n.shape);
  const before = n.inputs.reduce((total, i) => total + sizeOf(i.shape), 0);
  if (size > 2 * before + FOLD_GROWTH) return undefined;
  const data = n.op.evaluate(
    n,
    n.inputs.map((i) => ({ shape: i.shape, data: Float64Array.from(i.attrs.data) })),
  );
  return n.dtype === 'int64' ? constantInt(n.shape, data) : constant(tensor(n.shape, data));
}

/** `n` without an operation that changes nothing. */
function neutral(n: Expr): Expr | undefined {
  const [a, b] = n.inputs;
  const is = (x: Expr, value: number): boolean => constantValue(x) === value;
  const stretched = (x: Expr): Expr => broadcastTo(x, n.shape);
  switch (n.op.name) {
    case 'stopGradient':
    case 'straightThrough':
    case 'withGradient':
      return a;
    case 'add':
      return is(b, 0) ? stretched(a) : is(a, 0) ? stretched(b) : undefined;
    case 'sub':
      return is(b, 0) ? stretched(a) : undefined;
    case 'mul':
      if (is(a, 0) || is(b, 0)) return constant(full(0, n.shape));
      if (is(b, 1)) return stretched(a);
      if (is(a, 1)) return stretched(b);
      return combineFactors(n);
    case 'div':
      return is(b, 1) ? stretched(a) : undefined;
    case 'neg':
      return a.op.name === 'neg' ? a.inputs[0] : undefined;
    case 'reshape':
      return a.op.name === 'reshape' ? reshape(a.inputs[0], n.shape) : sameShape(a.shape, n.shape) ? a : undefined;
    case 'transpose':
      if (a.op.name !== 'transpose') return undefined;
      return transpose(
        a.inputs[0],
        n.attrs.permutation.map((p: number) => a.attrs.permutation[p]),
      );
    default:
      return undefined;
  }
}

const BROADCASTING = new Set(['add', 'sub', 'mul', 'div', 'minimum', 'maximum', 'where']);

/** An operation that broadcasts anyway takes its operands unstretched: a pass over memory less. */
function unstretch(n: Expr): Expr | undefined {
  if (!BROADCASTING.has(n.op.name)) return undefined;
  for (let i = 0; i < n.inputs.length; i++) {
    if (n.inputs[i].op.name !== 'broadcastTo') continue;
    const inputs = n.inputs.map((x, k) => (k === i ? x.inputs[0] : x));
    if (sameShape(inputs.map((x) => x.shape).reduce(broadcastShapes), n.shape))
      return unstretch(node(n.op, inputs, n.attrs, n.shape, n.dtype)) ?? node(n.op, inputs, n.attrs, n.shape, n.dtype);
  }
  return undefined;
}

/** c1 (c2 x) as (c1 c2) x for scalars c1, c2. */
function combineFactors(n: Expr): Expr | undefined {
  const split = (x: Expr): { factor: number; rest: Expr } | undefined => {
    if (x.op.name !== 'mul') return undefined;
    const [p, q] = x.inputs;
    if (isConstant(p) && sizeOf(p.shape) === 1) return { factor: p.attrs.data[0], rest: q };
    if (isConstant(q) && sizeOf(q.shape) === 1) return { factor: q.attrs.data[0], rest: p };
    return undefined;
  };
  const outer = split(n);
  const inner = outer && split(outer.rest);
  if (outer === undefined || inner === undefined || !sameShape(inner.rest.shape, n.shape)) return undefined;
  return node(n.op, [inner.rest, constant(outer.factor * inner.factor)], null, n.shape);
}
