import { formatShape, sizeOf } from '../tensor/tensor.js';
import { type Expr, node, type Op } from './expr.js';
import { type SparseMap, transposeMap } from './sparse-map.js';

const sparseLinearOp: Op<{ map: SparseMap }> = {
  name: 'sparseLinear',
  gradient: (n, g) => [sparseLinear(g, transposeMap(n.attrs.map))],
  evaluate(n, [x]) {
    const { rows, cols, rowStart, columns, weights } = n.attrs.map;
    const out = new Float64Array(sizeOf(n.shape));
    for (let i = 0; i < out.length; i++) {
      const row = i % rows;
      const base = ((i - row) / rows) * cols;
      let total = 0;
      for (let k = rowStart[row]; k < rowStart[row + 1]; k++) total += weights[k] * x.data[base + columns[k]];
      out[i] = total;
    }
    return out;
  },
  // ELL form: y_i = sum_k w[i,k] x[index[i,k]], short rows padded with weight 0
  onnx(n, [x], emit) {
    const { rows, rowStart, columns, weights } = n.attrs.map;
    let width = 1;
    for (let i = 0; i < rows; i++) width = Math.max(width, rowStart[i + 1] - rowStart[i]);
    const index = new Int32Array(rows * width);
    const weight = new Float32Array(rows * width);
    for (let i = 0; i < rows; i++) {
      index.set(columns.subarray(rowStart[i], rowStart[i + 1]), i * width);
      weight.set(weights.subarray(rowStart[i], rowStart[i + 1]), i * width);
    }
    const axis = n.shape.length - 1;
    const picked = emit.op('Gather', [x, emit.ints32([rows, width], index)], { axis });
    const weighted = emit.op('Mul', [picked, emit.floats([rows, width], weight)]);
    return emit.op('ReduceSum', [weighted, emit.ints([1], [axis + 1])], { keepdims: 0 });
  },
};

/** A sparse matrix applied to the last axis, `[..., cols]` to `[..., rows]`; its gradient is the exact transpose. */
export function sparseLinear(x: Expr, map: SparseMap): Expr {
  const rank = x.shape.length;
  if (rank === 0 || x.shape[rank - 1] !== map.cols)
    throw new RangeError(`sparseLinear: a map of ${map.cols} columns does not fit ${formatShape(x.shape)}`);
  return node(sparseLinearOp, [x], { map }, [...x.shape.slice(0, -1), map.rows]);
}
