import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scaledAxis, type TileAxis, type TileGrid, tileAxis, tileGrid } from './tile-grid.js';

/** Size, tile, overlap. */
const axes = (tiles: number) =>
  fc
    .tuple(fc.integer({ min: 1, max: tiles }), fc.nat(4 * tiles), fc.nat(tiles))
    .map(([tile, more, overlap]) => [tile + more, tile, Math.min(overlap, tile - 1)] as const);

test('tiles cover the axis, end with it, and neighbours share what was asked; no tile is to spare', () => {
  fc.assert(
    fc.property(axes(24), ([size, tile, overlap]) => {
      const { starts } = tileAxis(size, tile, overlap);
      const steps = starts.slice(1).map((start, k) => start - starts[k]);
      const apart = steps.every((step) => step > 0 && tile - step >= overlap);
      const fewest = Math.ceil((size - overlap) / (tile - overlap));
      return starts[0] === 0 && starts.at(-1) === size - tile && apart && starts.length === fewest;
    }),
  );
});

test('weights are positive and sum to 1 everywhere, in latents and in pixels', () => {
  fc.assert(
    fc.property(axes(8), axes(8), fc.constantFrom(1, 4), (rows, columns, factor) => {
      const scaled = (axis: readonly [number, number, number]): TileAxis => scaledAxis(tileAxis(...axis), factor);
      const grid = tileGrid(scaled(rows), scaled(columns));
      const positive = grid.tiles.every((tile) => [...tile.rowWeights, ...tile.columnWeights].every((weight) => weight > 0));
      return positive && totals(grid).every((total) => Math.abs(total - 1) < 1e-12);
    }),
  );
});

test('a ramp is linear from the border over what neighbours share', () => {
  const { tiles } = tileGrid(tileAxis(6, 4, 2), tileAxis(4, 4, 2));
  expect(tiles.map(({ top, left }) => [top, left])).toEqual([
    [0, 0],
    [2, 0],
  ]);
  expect([...tiles[0].rowWeights]).toEqual([1, 1, 0.75, 0.25]);
  expect([...tiles[1].rowWeights]).toEqual([0.25, 0.75, 1, 1]);
  expect([...tiles[0].columnWeights]).toEqual([1, 1, 1, 1]);
});

/** The sum of all weights at each position; NaN where a tile has none. */
function totals({ height, width, tileHeight, tileWidth, tiles }: TileGrid): Float64Array {
  const sums = new Float64Array(height * width);
  for (const { top, left, rowWeights, columnWeights } of tiles) {
    for (let i = 0; i < tileHeight; i++) {
      for (let j = 0; j < tileWidth; j++) sums[(top + i) * width + left + j] += rowWeights[i] * columnWeights[j];
    }
  }
  return sums;
}
