import { formatShape, sizeOf } from '../../../tensor/tensor.js';
import type { Expr } from '../../expr.js';
import { broadcastTo, reshape, transpose } from '../../layout.js';
import { matmul } from '../../matmul.js';
import { sum } from '../../reduce.js';
import type { OnnxNode } from '../onnx-node.js';

/** A tensor whose axes have names. */
interface Labelled {
  readonly x: Expr;
  readonly labels: readonly string[];
}

/**
 * Sums of products, operand after operand: each pair is one batched matrix product. A label twice in one operand (a diagonal) is refused.
 */
export function einsum(n: OnnxNode): Expr {
  const equation = n.string('equation', '').replaceAll(' ', '');
  const [left, right] = equation.split('->');
  const terms = left.split(',');
  if (terms.length !== n.inputs.length)
    throw new RangeError(`its equation "${equation}" has ${terms.length} operands, the node ${n.inputs.length}`);
  const operands = terms.map((term, i) => label(n.expr(i), term, equation));
  const out = right === undefined ? implyOutput(operands) : expandTerm(right, operands, equation);
  let result = operands[0];
  operands.slice(1).forEach((next, i) => {
    const later = new Set([...out, ...operands.slice(i + 2).flatMap((o) => o.labels)]);
    result = product(result, next, later);
  });
  return arrange(sumOut(result, new Set(out)), out, equation);
}

/** Axes under `...` are labelled by their place from the right, so that they meet as in broadcasting. */
function label(x: Expr, term: string, equation: string): Labelled {
  const [before, after, ...more] = term.split('...');
  const named = [...before, ...(after ?? '')];
  const hidden = after === undefined ? 0 : x.shape.length - named.length;
  const labels = [...before, ...Array.from({ length: Math.max(0, hidden) }, (_, i) => `.${hidden - i}`), ...(after ?? '')];
  const valid = more.length === 0 && named.every((c) => /[A-Za-z]/.test(c)) && labels.length === x.shape.length;
  if (!valid) throw new RangeError(`"${term}" of its equation "${equation}" does not fit ${formatShape(x.shape)}`);
  if (new Set(labels).size !== labels.length) throw new RangeError(`its equation "${equation}" takes a diagonal, which is not supported`);
  return { x, labels };
}

function ellipsis(operands: readonly Labelled[]): string[] {
  const hidden = new Set(operands.flatMap((o) => o.labels.filter((l) => l.startsWith('.'))));
  return [...hidden].sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)));
}

/** Without an arrow: what the ellipsis hides, then every label that occurs once, in alphabetical order. */
function implyOutput(operands: readonly Labelled[]): string[] {
  const all = operands.flatMap((o) => o.labels).filter((l) => !l.startsWith('.'));
  return [...ellipsis(operands), ...all.filter((l) => all.indexOf(l) === all.lastIndexOf(l)).sort()];
}

function expandTerm(term: string, operands: readonly Labelled[], equation: string): string[] {
  const [before, after] = term.split('...');
  const out = after === undefined ? [...before] : [...before, ...ellipsis(operands), ...after];
  const known = new Set(operands.flatMap((o) => o.labels));
  if (new Set(out).size !== out.length || !out.every((l) => known.has(l)))
    throw new RangeError(`its equation "${equation}" has an impossible result`);
  return out;
}

/** Sum over the axes that nobody needs. */
function sumOut({ x, labels }: Labelled, needed: ReadonlySet<string>): Labelled {
  const axes = labels.flatMap((l, i) => (needed.has(l) ? [] : [i]));
  return axes.length === 0 ? { x, labels } : { x: sum(x, axes), labels: labels.filter((l) => needed.has(l)) };
}

function arrange({ x, labels }: Labelled, order: readonly string[], equation: string): Expr {
  if (labels.length !== order.length) throw new RangeError(`its equation "${equation}" has an impossible result`);
  return transpose(
    x,
    order.map((l) => labels.indexOf(l)),
  );
}

/**
 * Labels in both and needed later are a batch, in both and not needed are summed over by the matrix product, the rest are its rows and
 * columns.
 */
function product(a: Labelled, b: Labelled, needed: ReadonlySet<string>): Labelled {
  const left = sumOut(a, new Set([...needed, ...b.labels]));
  const right = sumOut(b, new Set([...needed, ...a.labels]));
  const shared = left.labels.filter((l) => right.labels.includes(l));
  const batch = shared.filter((l) => needed.has(l));
  const inner = shared.filter((l) => !needed.has(l));
  const rows = left.labels.filter((l) => !shared.includes(l));
  const columns = right.labels.filter((l) => !shared.includes(l));
  const sizes = new Map<string, number>();
  for (const { x, labels } of [left, right])
    labels.forEach((l, i) => {
      const size = sizes.get(l) ?? 1;
      if (size !== 1 && x.shape[i] !== 1 && size !== x.shape[i])
        throw new RangeError(`axis "${l}" has the sizes ${size} and ${x.shape[i]}`);
      sizes.set(l, Math.max(size, x.shape[i]));
    });
  const size = (labels: readonly string[]): number => sizeOf(labels.map((l) => sizes.get(l)!));
  const matrix = (side: Labelled, first: readonly string[], second: readonly string[]): Expr => {
    const order = [...batch, ...first, ...second];
    const x = transpose(
      side.x,
      order.map((l) => side.labels.indexOf(l)),
    );
    const full = broadcastTo(
      x,
      order.map((l) => sizes.get(l)!),
    );
    return reshape(full, [size(batch), size(first), size(second)]);
  };
  const y = matmul(matrix(left, rows, inner), matrix(right, inner, columns));
  const labels = [...batch, ...rows, ...columns];
  return {
    x: reshape(
      y,
      labels.map((l) => sizes.get(l)!),
    ),
    labels,
  };
}
