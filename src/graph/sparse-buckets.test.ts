import { afterAll, expect, test } from 'vitest';
import { createNodeRuntime } from '../runtime/node/index.js';
import { Random } from '../tensor/random.js';
import { tensor } from '../tensor/tensor.js';
import { input } from './expr.js';
import { sparseLinear } from './operations.js';
import { bucketsOf, parts } from './sparse-buckets.js';
import { applyMap, type SparseMap, sparseMap, transposeMap } from './sparse-map.js';

const runtime = await createNodeRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

/** Rows of the given lengths, in any order, with random entries. */
function mapOf(lengths: number[], cols: number, random = new Random(1)): SparseMap {
  const rowStart = Int32Array.from([0, ...lengths]);
  for (let i = 1; i < rowStart.length; i++) rowStart[i] += rowStart[i - 1];
  const count = rowStart[lengths.length];
  return sparseMap({
    rows: lengths.length,
    cols,
    rowStart,
    columns: Int32Array.from({ length: count }, () => random.integer(cols)),
    weights: Float32Array.from({ length: count }, () => random.normal()),
  });
}

// short, empty and long rows mixed
const mixed = mapOf(
  Array.from({ length: 899 }, (_, i) => (i % 3 === 0 ? 200 : i % 5)),
  300,
);

test('every row is in one bucket, with all its entries', () => {
  const buckets = bucketsOf(mixed);
  expect(buckets.map(({ rows, width }) => [rows.length, width])).toEqual([
    [599, 4],
    [300, 200],
  ]);
  expect([...buckets.flatMap(({ rows }) => [...rows])].sort((a, b) => a - b)).toEqual([...Array(899).keys()]);
  for (const { rows, width, height, columns, weights } of buckets) {
    expect(height % parts).toBe(0);
    expect([columns.length, weights.length]).toEqual([height * width, height * width]);
    rows.forEach((row, i) => {
      const [start, end] = [mixed.rowStart[row], mixed.rowStart[row + 1]];
      const filling = new Array(width - (end - start)).fill(0);
      expect([...columns.subarray(i * width, (i + 1) * width)]).toEqual([...mixed.columns.subarray(start, end), ...filling]);
      expect([...weights.subarray(i * width, (i + 1) * width)]).toEqual([...mixed.weights.subarray(start, end), ...filling]);
    });
  }
});

test('a bucket more must pay for itself', () => {
  expect(bucketsOf(mapOf([3, 0, 5, 1], 9)).map(({ rows, width }) => [[...rows], width])).toEqual([[[0, 1, 2, 3], 5]]);
});

test.each([
  ['several buckets', mixed],
  ['their transpose', transposeMap(mixed)],
  ['one bucket', mapOf([3, 0, 5, 1], 9)],
])('compiled for one vector and for several: %s', async (_name, map) => {
  for (const lead of [[], [1], [2, 3]]) {
    const x = new Random(2).normals([...lead, map.cols]);
    const compiled = await runtime.compile({ y: sparseLinear(input('x', x.shape), map) });
    const { y } = await compiled.run({ x });
    await compiled.dispose();
    expect(y.shape).toEqual([...lead, map.rows]);
    const vectors = lead.reduce((a, n) => a * n, 1);
    for (let i = 0; i < vectors; i++) {
      const want = applyMap(map, tensor([map.cols], x.data.subarray(i * map.cols, (i + 1) * map.cols)).data);
      want.forEach((value, row) => {
        expect(y.data[i * map.rows + row]).toBeCloseTo(value, 3);
      });
    }
  }
});
