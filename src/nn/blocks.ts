import { add, attention, type Expr, reshape, silu, slice, transpose } from '../graph/index.js';
import { conv, conv1d, linear, type NormOptions, norm } from './layers.js';
import { type Params, scope } from './params.js';

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

/** UNet: residual block with a time embedding [N, E] (already through its SiLU) added between the convolutions. [N,C,H,W] -> [N,out,H,W]. */
export function resBlock(params: Params, x: Expr, embedding: Expr, options: NormOptions & { out: number }): Expr {
  const { out } = options;
  let h = conv(scope(params, 'in_layers.2'), silu(norm(scope(params, 'in_layers.0'), x, options)), { out });
  h = add(h, reshape(linear(scope(params, 'emb_layers.1'), embedding, { out }), [x.shape[0], out, 1, 1]));
  h = conv(scope(params, 'out_layers.3'), silu(norm(scope(params, 'out_layers.0'), h, options)), { out, zero: true });
  return add(x.shape[1] === out ? x : conv(scope(params, 'skip_connection'), x, { out, kernel: 1 }), h);
}

/**
 * UNet: multi-head self-attention over all pixels, residual. [N,C,H,W] unchanged.
 * The 3C channels of `qkv` lie head by head as [q | k | v], not all q, all k, all v. The reference scales q and k by d^(-1/4)
 * each; d^(-1/2) on their product is the same number.
 */
export function multiHeadAttention(params: Params, x: Expr, options: NormOptions & { headChannels: number }): Expr {
  const [n, c, height, width] = x.shape;
  const d = options.headChannels;
  const heads = c / d;
  const qkv = conv1d(scope(params, 'qkv'), norm(scope(params, 'norm'), x, options), { out: 3 * c });
  const perHead = reshape(qkv, [n * heads, 3 * d, height * width]);
  const tokens = (part: number): Expr => transpose(slice(perHead, [part * d], [(part + 1) * d], [1]), [0, 2, 1]); // [N heads, HW, d]
  const mixed = attention(tokens(0), tokens(1), tokens(2), d ** -0.5);
  const image = reshape(transpose(mixed, [0, 2, 1]), x.shape);
  return add(x, conv1d(scope(params, 'proj_out'), image, { out: c, zero: true }));
}
