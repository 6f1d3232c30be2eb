import type { SparseMap } from './sparse-map.js';

/** Rows of a sparse map that are stored alike: `height` rows of `width` entries, filled up with weight 0 where there are fewer. */
export interface Bucket {
  readonly rows: Int32Array;
  readonly width: number;
  /** `rows.length` or the next number that divides into `parts`. */
  readonly height: number;
  /** `height * width`. */
  readonly columns: Int32Array;
  readonly weights: Float32Array;
}

/** Every bucket divides into so many equal parts, for as many threads. */
export const parts = 4;

/** What one more bucket costs, in entries: four more operations. */
const OVERHEAD = 20000;

/** All rows of a map, in buckets of similar length: the division with the fewest entries, filling and overhead counted. */
export function bucketsOf(map: SparseMap): Bucket[] {
  const { rows, rowStart } = map;
  const lengths = Int32Array.from({ length: rows }, (_, i) => Math.max(1, rowStart[i + 1] - rowStart[i]));
  const order = Int32Array.from(lengths.keys()).sort((a, b) => lengths[a] - lengths[b] || a - b);
  // ends[k]: how many rows are at most as long as the k-th shortest length
  const ends = [0];
  order.forEach((row, i) => {
    if (i + 1 === rows || lengths[order[i + 1]] > lengths[row]) ends.push(i + 1);
  });
  // best[k]: least cost of the rows before ends[k]; the last bucket of that division starts at ends[from[k]]
  const best = [0];
  const from = [0];
  for (let k = 1; k < ends.length; k++) {
    const width = lengths[order[ends[k] - 1]];
    best[k] = Number.POSITIVE_INFINITY;
    for (let j = 0; j < k; j++) {
      const cost = best[j] + (ends[k] - ends[j]) * width + OVERHEAD;
      if (cost < best[k]) [best[k], from[k]] = [cost, j];
    }
  }
  const buckets: Bucket[] = [];
  for (let k = ends.length - 1; k > 0; k = from[k]) {
    const own = order.slice(ends[from[k]], ends[k]);
    buckets.unshift(fill(map, own.sort(), lengths[order[ends[k] - 1]]));
  }
  return buckets;
}

function fill(map: SparseMap, rows: Int32Array, width: number): Bucket {
  const height = Math.ceil(rows.length / parts) * parts;
  const columns = new Int32Array(height * width);
  const weights = new Float32Array(height * width);
  rows.forEach((row, i) => {
    const [start, end] = [map.rowStart[row], map.rowStart[row + 1]];
    columns.set(map.columns.subarray(start, end), i * width);
    weights.set(map.weights.subarray(start, end), i * width);
  });
  return { rows, width, height, columns, weights };
}
