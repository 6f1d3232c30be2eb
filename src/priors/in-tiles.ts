import { add, constant, type Expr, mul, pad, slice } from '../graph/index.js';
import { UsageError, UserError } from '../tensor/errors.js';
import { tensor } from '../tensor/tensor.js';
import { atSize } from './at-size.js';
import type { LatentPrior } from './prior.js';
import { scaledAxis, type Tile, type TileGrid, tileAxis, tileGrid } from './tile-grid.js';

export interface TileOptions {
  /** Side of a tile in pixels: a multiple of the prior's `sizeMultiple`. Along a shorter axis of the image, a tile is as long as that. */
  readonly tile: number;
  /** Pixels that neighbouring tiles share at least: less than a tile, a multiple of the first stage's downsampling. */
  readonly overlap: number;
}

/**
 * The same prior for images of any size, its networks seeing one tile at a time: noise estimates, latents and decoded images are weighted
 * means of what overlapping tiles say (MultiDiffusion: Bar-Tal, Yariv, Lipman, Dekel, ICML 2023, arXiv 2302.08113). Solvers find the tiles
 * in `tiles` and run them one after another, in the memory of one; the graphs of the result are the same functions all at once. An image of
 * one tile gets plain `atSize`.
 *
 * @param height,width in pixels: multiples of `sizeMultiple`; of the downsampling, where the prior runs at one size only, which is the tile
 * then.
 * @throws UserError when tile, overlap or image do not suit the prior or one another.
 */
export function inTiles(prior: LatentPrior, height: number, width: number, { tile, overlap }: TileOptions): LatentPrior {
  const { name, alphaBar } = prior;
  const factor = prior.imageShape[1] / prior.latentShape[1];
  const multiple = prior.sizeMultiple ?? factor;
  if (!(tile > 0 && tile % multiple === 0)) {
    throw new UsageError(`The prior "${name}" cannot work in tiles of ${tile} pixels: choose a tile that is a multiple of ${multiple}.`);
  }
  if (!(overlap >= 0 && overlap < tile && overlap % factor === 0)) {
    throw new UsageError(
      `Tiles of ${tile} pixels cannot overlap by ${overlap} with the prior "${name}": choose an overlap that is a multiple of ${factor} and less than the tile.`,
    );
  }
  if (![height, width].every((side) => side > 0 && side % multiple === 0)) {
    throw new UserError(
      `The prior "${name}" cannot cover ${height} x ${width} pixels with tiles: both sides must be multiples of ${multiple}. Crop, pad or resize the image.`,
    );
  }
  if (height <= tile && width <= tile) return atSize(prior, height, width);

  const small = atSize(prior, Math.min(tile, height), Math.min(tile, width));
  const { decodeContinuous } = small;
  const axis = (side: number) => tileAxis(side / factor, Math.min(tile, side) / factor, overlap / factor);
  const [rows, columns] = [axis(height), axis(width)];
  const latents = tileGrid(rows, columns);
  const pixels = tileGrid(scaledAxis(rows, factor), scaledAxis(columns, factor));
  return {
    space: 'latent',
    name,
    alphaBar,
    imageShape: [small.imageShape[0], pixels.height, pixels.width],
    latentShape: [small.latentShape[0], latents.height, latents.width],
    tiles: { prior: small, latents, pixels },
    epsilon: (z, t) => blend(z, latents, latents, (part) => small.epsilon(part, t)),
    encode: (x) => blend(x, pixels, latents, (part) => small.encode(part)),
    decode: (z) => blend(z, latents, pixels, (part) => small.decode(part)),
    ...(decodeContinuous && {
      decodeContinuous: (z: Expr) => blend(z, latents, pixels, (part) => decodeContinuous.call(small, part)),
    }),
  };
}

/** The weighted sum of what a network makes of each tile of x. */
function blend(x: Expr, from: TileGrid, to: TileGrid, network: (part: Expr) => Expr): Expr {
  return from.tiles
    .map(({ top, left }, k) => {
      const part = slice(x, [top, left], [top + from.tileHeight, left + from.tileWidth], [2, 3]);
      return place(network(part), to, to.tiles[k]);
    })
    .reduce(add);
}

/** A tile times its weights, in its place among zeros. */
function place(part: Expr, grid: TileGrid, { top, left, rowWeights, columnWeights }: Tile): Expr {
  const rows = constant(tensor([rowWeights.length, 1], rowWeights));
  const columns = constant(tensor([columnWeights.length], columnWeights));
  const after = [grid.height - top - grid.tileHeight, grid.width - left - grid.tileWidth];
  return pad(mul(mul(part, rows), columns), [0, 0, top, left], [0, 0, ...after]);
}
