import { formatShape, full, sameShape, sizeOf } from '../tensor/tensor.js';
import { after } from './after.js';
import { withGradient } from './custom-gradient.js';
import { add, mul } from './elementwise.js';
import { constant, type Expr } from './expr.js';
import { concat, slice, transpose } from './layout.js';
import { matmul } from './matmul.js';
import { softmax } from './normalise.js';
import { sum } from './reduce.js';

/** Scores of a block of query rows, 4 MB of them: they stay in the cache from one pass to the next. Shorter blocks multiply slowly. */
const BLOCK = 2 ** 20;
const FEWEST_ROWS = 256;
/** Up to so many scores (256 MB) the gradient finds the softmax of the forward pass kept; beyond, it computes it again. */
const KEPT = 2 ** 26;

export interface AttentionOptions {
  /** Query rows computed at one time; chosen by the size of the scores. */
  rows?: number;
  /** Whether the gradient computes the softmax again, a fifth more work, instead of keeping it; chosen by its size. */
  recompute?: boolean;
}

/**
 * `softmax(scale q k^T) v` (Vaswani et al. 2017), a block of query rows after the other, so that no matrix of all scores is needed.
 *
 * With P the softmax, O = P v and g the gradient of O: dv = P^T g, and for the scores dS = P (g v^T - D), D = rowsum(g O), which needs
 * no reduction over the scores (Dao et al. 2022). D is subtracted within the product, [g, D] [v, -1]^T: a pass over the scores less.
 *
 * @param q `[..., M, d]`;
 * @param k `[..., N, d]`;
 * @param v `[..., N, e]`, leading axes alike
 * @returns `[..., M, e]`
 */
export function attention(q: Expr, k: Expr, v: Expr, scale: number, options: AttentionOptions = {}): Expr {
  const rank = q.shape.length;
  const lead = q.shape.slice(0, -2);
  if (![k, v].every((x) => x.shape.length === rank && sameShape(x.shape.slice(0, -2), lead)))
    throw new RangeError(`attention: ${[q, k, v].map((x) => formatShape(x.shape))} differ in their leading axes`);
  const [queries, keys] = [q.shape[rank - 2], k.shape[rank - 2]];
  const { rows = Math.max(FEWEST_ROWS, Math.floor(BLOCK / keys)), recompute = sizeOf(lead) * queries * keys > KEPT } = options;
  const starts = Array.from({ length: Math.ceil(queries / rows) }, (_, i) => i * rows);
  /** Block i of the query rows, which lie along `axis`. */
  const block = (x: Expr, i: number, axis: number): Expr => slice(x, [starts[i]], [Math.min(starts[i] + rows, queries)], [axis]);

  const across = mul(transpose(q), scale); // [..., d, M]
  const down = transpose(across); // [..., M, d]
  const keysAcross = transpose(k); // [..., d, N]
  const weights = starts.map((_, i) => softmax(matmul(block(down, i, rank - 2), keysAcross)));
  const value = concat(
    weights.map((p) => matmul(p, v)),
    rank - 2,
  );

  return withGradient(value, [q, k, v], (g, wanted) => {
    // D in four columns of a quarter each: an inner size divisible by four is what WebGPU multiplies fast
    const share = mul(sum(mul(g, value), [-1], true), -0.25);
    const extended = concat([g, share, share, share, share], rank - 1);
    const valuesAcross = concat([transpose(v), constant(full(1, [...lead, 4, keys]))], rank - 2);
    const gradientAcross = transpose(g);
    // the factor is on the keys here, lest this be taken for the forward pass's product, and that be kept
    const again = mul(keysAcross, scale);
    const dq: Expr[] = [];
    let sums: Expr[] = []; // dk and dv so far, transposed: with the long axis last they multiply faster
    starts.forEach((_, i) => {
      // a block is done with before the next begins, so that the scores of no other are there
      const inTurn = (x: Expr): Expr => after(x, ...[...dq.slice(-1), ...sums].filter((_, j) => wanted[j]));
      const p = recompute ? softmax(matmul(inTurn(block(q, i, rank - 2)), again)) : weights[i];
      const ds = mul(p, matmul(inTurn(block(extended, i, rank - 2)), valuesAcross));
      dq.push(matmul(ds, k));
      const parts = [matmul(block(across, i, rank - 1), ds), matmul(block(gradientAcross, i, rank - 1), p)];
      sums = sums.length === 0 ? parts : parts.map((part, j) => add(sums[j], part));
    });
    const [dk, dv] = sums.map((total) => transpose(total));
    return [mul(concat(dq, rank - 2), scale), dk, dv];
  });
}
