import type { Tensor } from '../tensor/tensor.js';

/**
 * A sparse matrix in compressed row form: row i holds the entries `rowStart[i] .. rowStart[i + 1] - 1` of `columns`
 * and `weights`. Plain data, built once on the host; a graph applies it with `sparseLinear`.
 */
export interface SparseMap {
  readonly rows: number;
  readonly cols: number;
  /** Length `rows + 1`, from 0 to the number of entries, never falling. */
  readonly rowStart: Int32Array;
  readonly columns: Int32Array;
  readonly weights: Float32Array;
}

/**
 * Check a map and return it.
 * @throws RangeError when the lengths disagree, a row starts after it ends, a column is out of range or a weight is not finite.
 */
export function sparseMap(map: SparseMap): SparseMap {
  const { rows, cols, rowStart, columns, weights } = map;
  const count = columns.length;
  if (!Number.isInteger(rows) || !Number.isInteger(cols) || rows < 0 || cols < 0)
    throw new RangeError(`a sparse map has whole sizes, got ${rows} x ${cols}`);
  if (rowStart.length !== rows + 1) throw new RangeError(`rowStart has ${rowStart.length} entries, ${rows} rows need ${rows + 1}`);
  if (weights.length !== count) throw new RangeError(`${count} columns but ${weights.length} weights`);
  if (rowStart[0] !== 0 || rowStart[rows] !== count)
    throw new RangeError(`rowStart runs from ${rowStart[0]} to ${rowStart[rows]}, not from 0 to ${count}`);
  for (let i = 0; i < rows; i++) if (rowStart[i] > rowStart[i + 1]) throw new RangeError(`row ${i} starts after it ends`);
  for (let k = 0; k < count; k++) {
    if (columns[k] < 0 || columns[k] >= cols) throw new RangeError(`entry ${k} is in column ${columns[k]} of ${cols}`);
    if (!Number.isFinite(weights[k])) throw new RangeError(`entry ${k} has weight ${weights[k]}`);
  }
  return map;
}

/** A dense matrix `[rows, cols]`, zeros left out, as a map. */
export function denseToMap(matrix: Tensor): SparseMap {
  const [rows, cols] = matrix.shape;
  if (matrix.shape.length !== 2) throw new RangeError(`a matrix has two axes, got ${matrix.shape.length}`);
  const rowStart = new Int32Array(rows + 1);
  const columns: number[] = [];
  const weights: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const weight = matrix.data[i * cols + j];
      if (weight !== 0) {
        columns.push(j);
        weights.push(weight);
      }
    }
    rowStart[i + 1] = columns.length;
  }
  return sparseMap({ rows, cols, rowStart, columns: Int32Array.from(columns), weights: Float32Array.from(weights) });
}

const transposes = new WeakMap<SparseMap, SparseMap>();

/**
 * The exact transpose: the same weights, re-sorted by a counting sort, so columns ascend within each row.
 * Kept with the map (and the map with it): `transposeMap(transposeMap(m)) === m`, and the gradient of a gradient builds nothing.
 */
export function transposeMap(map: SparseMap): SparseMap {
  const known = transposes.get(map);
  if (known) return known;
  const { rows, cols, rowStart, columns, weights } = map;
  const start = new Int32Array(cols + 1);
  for (let k = 0; k < columns.length; k++) start[columns[k] + 1]++;
  for (let j = 0; j < cols; j++) start[j + 1] += start[j];
  const next = start.slice();
  const outColumns = new Int32Array(columns.length);
  const outWeights = new Float32Array(columns.length);
  for (let i = 0; i < rows; i++) {
    for (let k = rowStart[i]; k < rowStart[i + 1]; k++) {
      const at = next[columns[k]]++;
      outColumns[at] = i;
      outWeights[at] = weights[k];
    }
  }
  const transpose: SparseMap = { rows: cols, cols: rows, rowStart: start, columns: outColumns, weights: outWeights };
  transposes.set(map, transpose);
  transposes.set(transpose, map);
  return transpose;
}

/**
 * `map` times a vector of `cols` values, on the host, summed in double precision. Float32 out for float32 in, float64 for float64.
 * @throws RangeError when the vector does not have `cols` values.
 */
export function applyMap(map: SparseMap, x: Float32Array): Float32Array;
export function applyMap(map: SparseMap, x: Float64Array): Float64Array;
export function applyMap(map: SparseMap, x: Float32Array | Float64Array): Float32Array | Float64Array {
  if (x.length !== map.cols) throw new RangeError(`a map with ${map.cols} columns cannot take ${x.length} values`);
  const { rows, rowStart, columns, weights } = map;
  const y = x instanceof Float32Array ? new Float32Array(rows) : new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let k = rowStart[i]; k < rowStart[i + 1]; k++) sum += weights[k] * x[columns[k]];
    y[i] = sum;
  }
  return y;
}
