/** How tiles of one length cover an axis. */
export interface TileAxis {
  /** Of the whole axis. */
  readonly size: number;
  /** Of one tile. */
  readonly tile: number;
  /** First position of each tile, rising; the last tile ends with the axis. */
  readonly starts: readonly number[];
}

/** A rectangle that a network sees at a time; it counts `rowWeights[i] * columnWeights[j]` in row `top + i` and column `left + j`. */
export interface Tile {
  readonly top: number;
  readonly left: number;
  readonly rowWeights: Float64Array;
  readonly columnWeights: Float64Array;
}

/** The tiles of an image or of its latents, row by row. At every position the weights of all tiles sum to 1. */
export interface TileGrid {
  readonly height: number;
  readonly width: number;
  readonly tileHeight: number;
  readonly tileWidth: number;
  readonly tiles: readonly Tile[];
}

/**
 * The fewest tiles that cover an axis with neighbours sharing at least `overlap` positions, spread evenly, so that all share about the
 * same.
 * @param tile at most size.
 * @param overlap 0 .. tile - 1
 */
export function tileAxis(size: number, tile: number, overlap: number): TileAxis {
  const steps = Math.ceil((size - tile) / (tile - overlap));
  // rounding cannot part two neighbours further than tile - overlap, a whole number that the even step does not exceed
  const starts = Array.from({ length: steps + 1 }, (_, k) => (steps === 0 ? 0 : Math.round((k * (size - tile)) / steps)));
  return { size, tile, starts };
}

/** The same tiles where every position is `factor` positions: of latents, those in the image. */
export function scaledAxis({ size, tile, starts }: TileAxis, factor: number): TileAxis {
  return { size: size * factor, tile: tile * factor, starts: starts.map((start) => start * factor) };
}

/** Every tile of the rows with every tile of the columns. */
export function tileGrid(rows: TileAxis, columns: TileAxis): TileGrid {
  const [rowWeights, columnWeights] = [axisWeights(rows), axisWeights(columns)];
  const tiles = rows.starts.flatMap((top, r) =>
    columns.starts.map((left, c): Tile => ({ top, left, rowWeights: rowWeights[r], columnWeights: columnWeights[c] })),
  );
  return { height: rows.size, width: columns.size, tileHeight: rows.tile, tileWidth: columns.tile, tiles };
}

/**
 * The weight of each tile at each of its positions: 1 where it is alone, falling linearly to its borders with others, where a network,
 * short of context, is worth least. Where more than two tiles meet, shares of the sum.
 */
function axisWeights({ size, tile, starts }: TileAxis): Float64Array[] {
  const total = new Float64Array(size);
  const ramps = starts.map((start, k) => {
    const before = k === 0 ? 0 : starts[k - 1] + tile - start; // positions shared with the tile before
    const after = k === starts.length - 1 ? 0 : start + tile - starts[k + 1];
    return Float64Array.from({ length: tile }, (_, i) => Math.min(1, (i + 0.5) / before, (tile - i - 0.5) / after));
  });
  ramps.forEach((ramp, k) => {
    ramp.forEach((weight, i) => {
      total[starts[k] + i] += weight;
    });
  });
  return ramps.map((ramp, k) => ramp.map((weight, i) => weight / total[starts[k] + i]));
}
