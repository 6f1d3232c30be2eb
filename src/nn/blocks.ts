import { add, attention, averagePool, type Expr, mul, reshape, silu, slice, transpose, upsampleNearest } from '../graph/index.js';
import { conv, conv1d, linear, type NormOptions, norm } from './layers.js';
import { type Params, scope } from './params.js';
import { upsampledConv } from './upsample.js';

/*
 * The two families of blocks of latent diffusion (Rombach et al., CVPR 2022), under the names of CompVis' state dicts:
 * `...Block` with `norm1 / conv1` belong to the first stage (after VQGAN, Esser et al. 2021), those with
 * `in_layers / emb_layers` to the UNet (after Dhariwal and Nichol, NeurIPS 2021).
 */

/** First stage: GN-SiLU-Conv3 twice, plus the input (through a 1x1 `nin_shortcut` where channels change). [N,C,H,W] -> [N,out,H,W]. */
export function resnetBlock(params: Params, x: Expr, options: NormOptions & { out: number }): Expr {
  const { out } = options;
  let h = conv(scope(params, 'conv1'), silu(norm(scope(params, 'norm1'), x, options)), { out });
  h = conv(scope(params, 'conv2'), silu(norm(scope(params, 'norm2'), h, options)), { out });
  return add(x.shape[1] === out ? x : conv(scope(params, 'nin_shortcut'), x, { out, kernel: 1 }), h);
}

/** First stage: single-head self-attention over all pixels, residual; scale C^(-1/2). [N,C,H,W] unchanged. */
export function spatialAttention(params: Params, x: Expr, options: NormOptions): Expr {
  const [n, c, height, width] = x.shape;
  const h = norm(scope(params, 'norm'), x, options);
  const tokens = (name: string): Expr => {
    const pixels = conv(scope(params, name), h, { out: c, kernel: 1 });
    return transpose(reshape(pixels, [n, c, height * width]), [0, 2, 1]); // [N, HW, C]
  };
  const mixed = attention(tokens('q'), tokens('k'), tokens('v'), c ** -0.5);
  const image = reshape(transpose(mixed, [0, 2, 1]), x.shape);
  return add(x, conv(scope(params, 'proj_out'), image, { out: c, kernel: 1 }));
}

export interface ResBlockOptions extends NormOptions {
  /** Output channels. */
  readonly out: number;
  /** The embedding scales (by 1 + its first half) and shifts (by its second) the second norm, instead of being added before it. */
  readonly scaleShift?: boolean;
  /** Halve (means of 2x2) or double (repetition) both sides, on the branch before its first convolution and on the skip. */
  readonly resample?: 'down' | 'up';
}

/**
 * UNet: residual block with a time embedding [N, E] (already through its SiLU) that acts between the convolutions.
 * [N,C,H,W] -> [N,out,H,W], or half or twice the sides.
 */
export function resBlock(params: Params, x: Expr, embedding: Expr, options: ResBlockOptions): Expr {
  const { out, scaleShift = false, resample } = options;
  const n = x.shape[0];
  const first = silu(norm(scope(params, 'in_layers.0'), x, options));
  const at = scope(params, 'in_layers.2');
  let h = resample === 'up' ? upsampledConv(at, first, { out }) : conv(at, resample === 'down' ? averagePool(first, 2) : first, { out });
  const e = linear(scope(params, 'emb_layers.1'), embedding, { out: scaleShift ? 2 * out : out });
  const part = (from: number): Expr => reshape(slice(e, [from], [from + out], [1]), [n, out, 1, 1]);
  const second = scope(params, 'out_layers.0');
  h = scaleShift ? add(mul(norm(second, h, options), add(part(0), 1)), part(out)) : norm(second, add(h, part(0)), options);
  h = conv(scope(params, 'out_layers.3'), silu(h), { out, zero: true });
  const skip = resample === 'up' ? upsampleNearest(x, 2) : resample === 'down' ? averagePool(x, 2) : x;
  return add(x.shape[1] === out ? skip : conv(scope(params, 'skip_connection'), skip, { out, kernel: 1 }), h);
}

/**
 * UNet: multi-head self-attention over all pixels, residual. [N,C,H,W] unchanged. The 3C channels of `qkv` lie head by head as
 * [q | k | v] (order `per-head`), or all q, all k, all v (`split`). The reference scales q and k by d^(-1/4) each; d^(-1/2) on
 * their product is the same number.
 */
export function multiHeadAttention(params: Params, x: Expr, options: NormOptions & { heads: number; order?: 'per-head' | 'split' }): Expr {
  const [n, c, height, width] = x.shape;
  const { heads, order = 'per-head' } = options;
  const [d, pixels] = [c / heads, height * width];
  const qkv = conv1d(scope(params, 'qkv'), norm(scope(params, 'norm'), x, options), { out: 3 * c });
  const packed = reshape(qkv, order === 'per-head' ? [n * heads, 3 * d, pixels] : [n, 3 * c, pixels]);
  const share = packed.shape[1] / 3;
  const tokens = (part: number): Expr => {
    const all = reshape(slice(packed, [part * share], [(part + 1) * share], [1]), [n * heads, d, pixels]);
    return transpose(all, [0, 2, 1]); // [N heads, HW, d]
  };
  const mixed = attention(tokens(0), tokens(1), tokens(2), d ** -0.5);
  const image = reshape(transpose(mixed, [0, 2, 1]), x.shape);
  return add(x, conv1d(scope(params, 'proj_out'), image, { out: c, zero: true }));
}
