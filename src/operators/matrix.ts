import { constant, type Expr } from '../graph/index.js';
import { tensor } from '../tensor/tensor.js';

/** A small dense matrix in double, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** A matrix by a formula for its entries. */
export function matrixOf(rows: number, columns: number, entry: (row: number, column: number) => number): Matrix {
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) data[i * columns + j] = entry(i, j);
  return { rows, columns, data };
}

export function transposeMatrix({ rows, columns, data }: Matrix): Matrix {
  return matrixOf(columns, rows, (i, j) => data[j * columns + i]);
}

/** A matrix as a constant of a graph, `[rows, columns]`, rounded to float32. */
export function constantMatrix({ rows, columns, data }: Matrix): Expr {
  return constant(tensor([rows, columns], data));
}
