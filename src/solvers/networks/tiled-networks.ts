import type { TileLayout } from '../../priors/prior.js';
import type { Tile, TileGrid } from '../../priors/tile-grid.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import type { Networks } from './networks.js';

/**
 * Networks that see a large image tile by tile, one after another: no run needs more memory than a tile. With R_k cutting out tile k and
 * W_k its weights, a network f becomes `sum_k R_k^T W_k f(R_k x)`, whose gradient is `sum_k R_k^T J_k^T W_k R_k`; each J_k^T computes f's
 * forward pass again, since none is kept.
 */
export class TiledNetworks implements Networks {
  /** @param tile the networks of one tile. */
  constructor(
    private readonly layout: TileLayout,
    private readonly tile: Networks,
  ) {}

  epsilon(z: Tensor, t: number): Promise<Tensor> {
    const { latents } = this.layout;
    return inTurn(z, latents, latents, (part) => this.tile.epsilon(part, t));
  }

  epsilonGradient(z: Tensor, t: number, seed: Tensor): Promise<Tensor> {
    const { latents } = this.layout;
    return backward(z, seed, latents, latents, (part, partSeed) => this.tile.epsilonGradient(part, t, partSeed));
  }

  decode(z: Tensor): Promise<Tensor> {
    const { latents, pixels } = this.layout;
    return inTurn(z, latents, pixels, (part) => this.tile.decode(part));
  }

  decodeGradient(z: Tensor, seed: Tensor): Promise<Tensor> {
    const { latents, pixels } = this.layout;
    return backward(z, seed, latents, pixels, (part, partSeed) => this.tile.decodeGradient(part, partSeed));
  }

  encode(x: Tensor): Promise<Tensor> {
    const { latents, pixels } = this.layout;
    return inTurn(x, pixels, latents, (part) => this.tile.encode(part));
  }
}

/** `sum_k R_k^T W_k f(R_k x)`: a function on tiles of an image, one after another, blended. */
export async function inTurn(x: Tensor, from: TileGrid, to: TileGrid, f: (part: Tensor) => Promise<Tensor>): Promise<Tensor> {
  let out: Tensor | undefined;
  for (const [k, tile] of from.tiles.entries()) {
    const part = await f(cut(x, from, tile));
    out ??= tensor([1, part.shape[1], to.height, to.width]);
    put(out, part, to, to.tiles[k], true);
  }
  return out!;
}

/**
 * `sum_k R_k^T J_k^T W_k R_k seed`, the gradient of `<seed, forward(x)>`.
 * @param pull (part of x, part of the seed) -> `J_k^T` of the latter
 */
async function backward(
  x: Tensor,
  seed: Tensor,
  from: TileGrid,
  to: TileGrid,
  pull: (part: Tensor, seed: Tensor) => Promise<Tensor>,
): Promise<Tensor> {
  const out = tensor(x.shape);
  for (const [k, tile] of from.tiles.entries()) {
    put(out, await pull(cut(x, from, tile), cut(seed, to, to.tiles[k], true)), from, tile);
  }
  return out;
}

/** A tile of x, times its weights where `weighted`. */
function cut(x: Tensor, grid: TileGrid, tile: Tile, weighted = false): Tensor {
  const part = tensor([1, x.shape[1], grid.tileHeight, grid.tileWidth]);
  walk(part.shape[1], grid, tile, weighted, (whole, at, weight) => {
    part.data[at] = weight * x.data[whole];
  });
  return part;
}

/** Add a tile, times its weights where `weighted`, to `out`. */
function put(out: Tensor, part: Tensor, grid: TileGrid, tile: Tile, weighted = false): void {
  walk(part.shape[1], grid, tile, weighted, (whole, at, weight) => {
    out.data[whole] += weight * part.data[at];
  });
}

/** Every number of a tile: where it is in the whole, where in the tile, and its weight (1 where not `weighted`). */
function walk(
  channels: number,
  { height, width, tileHeight, tileWidth }: TileGrid,
  { top, left, rowWeights, columnWeights }: Tile,
  weighted: boolean,
  visit: (whole: number, at: number, weight: number) => void,
): void {
  let at = 0;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < tileHeight; i++) {
      const row = (c * height + top + i) * width + left;
      for (let j = 0; j < tileWidth; j++, at++) visit(row + j, at, weighted ? rowWeights[i] * columnWeights[j] : 1);
    }
  }
}
