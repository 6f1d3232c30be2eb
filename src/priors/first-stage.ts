import {
  argmin,
  clip,
  concat,
  constant,
  type Expr,
  gather,
  input,
  matmul,
  mul,
  reshape,
  silu,
  slice,
  square,
  stopGradient,
  straightThrough,
  sum,
  transpose,
} from '../graph/index.js';
import {
  conv,
  embedding,
  inputParams,
  norm,
  type ParamSpec,
  type Params,
  resnetBlock,
  scope,
  spatialAttention,
  upsample,
} from '../nn/index.js';
import { UserError } from '../tensor/errors.js';
import { full } from '../tensor/tensor.js';
import type { FirstStageConfig } from './config.js';

/*
 * The autoencoder of latent diffusion: VQGAN (Esser, Rombach, Ommer, CVPR 2021) and its KL form (Rombach et al., CVPR 2022),
 * names as in CompVis' state dicts without `first_stage_model.` (see `scope`). Sizes need only be divisible by the downsampling.
 */

const normOf = (config: FirstStageConfig) => ({ groups: config.normGroups, eps: 1e-6 });

/** Factor between image side and latent side. */
export function downsamplingOf(config: FirstStageConfig): number {
  return 2 ** (config.chMult.length - 1);
}

/** Images [N, C, H, W] in [-1, 1] to latents [N, embedDim, H/f, W/f]: not quantised (VQ), the mean (KL). */
export function encode(params: Params, config: FirstStageConfig, x: Expr): Expr {
  return config.kind === 'kl'
    ? moments(params, config, x).mean
    : conv(scope(params, 'quant_conv'), encoder(scope(params, 'encoder'), config, x), { out: config.embedDim, kernel: 1 });
}

/** Mean and log-variance (clipped to [-30, 20], as the reference does) of a KL first stage's posterior, each [N, embedDim, h, w]. */
export function moments(params: Params, config: FirstStageConfig, x: Expr): { mean: Expr; logVariance: Expr } {
  const d = config.embedDim;
  const both = conv(scope(params, 'quant_conv'), encoder(scope(params, 'encoder'), config, x), { out: 2 * d, kernel: 1 });
  return { mean: slice(both, [0], [d], [1]), logVariance: clip(slice(both, [d], [2 * d], [1]), -30, 20) };
}

/** Latents [N, embedDim, h, w] to images [N, C, fh, fw], about [-1, 1], not clipped. VQ latents are quantised first. */
export function decode(params: Params, config: FirstStageConfig, z: Expr): Expr {
  return decodeContinuous(params, config, config.kind === 'vq' ? quantise(params, config, z).latent : z);
}

/** `decode` without the quantiser: for latents that are codes already. */
export function decodeContinuous(params: Params, config: FirstStageConfig, z: Expr): Expr {
  return decoder(scope(params, 'decoder'), config, conv(scope(params, 'post_quant_conv'), z, { out: config.zChannels, kernel: 1 }));
}

export interface Quantised {
  /** Codes in place of latents, the gradient passing straight through to the latents. */
  readonly latent: Expr;
  /** The same codes, the gradient going to the book (for the codebook loss). */
  readonly codes: Expr;
  /** Which code each position took, [N, h, w], int64. */
  readonly indices: Expr;
}

/** Distances held at one time by the codebook search: 4 MB of float32, which stay in the cache. */
const SEARCH_BLOCK = 2 ** 20;

/** The nearest code (Euclidean) for every position of z [N, embedDim, h, w]; the first of equals (van den Oord et al., 2017). */
export function quantise(params: Params, config: FirstStageConfig, z: Expr): Quantised {
  const [n, d, height, width] = z.shape;
  const codes = config.nEmbed!;
  const book = embedding(scope(params, 'quantize.embedding'), { count: codes, size: d });
  const tokens = n * height * width;
  const points = stopGradient(reshape(transpose(z, [0, 2, 3, 1]), [tokens, d]));
  // |p - e|^2 less |p|^2, which does not move the minimum, is [p, 1] . [-2e, |e|^2]: one product, no further pass over the distances.
  const fixed = stopGradient(book);
  const homogeneous = concat([points, constant(full(1, [tokens, 1]))], 1);
  const matrix = transpose(concat([mul(fixed, -2), sum(square(fixed), [1], true)], 1), [1, 0]); // [d + 1, codes]
  const block = Math.max(1, Math.floor(SEARCH_BLOCK / codes));
  const found: Expr[] = [];
  for (let start = 0; start < tokens; start += block) {
    found.push(argmin(matmul(slice(homogeneous, [start], [Math.min(start + block, tokens)], [0]), matrix), 1));
  }
  const indices = found.length === 1 ? found[0] : concat(found, 0);
  const nearest = transpose(reshape(gather(book, indices, 0), [n, height, width, d]), [0, 3, 1, 2]);
  return { latent: straightThrough(nearest, z), codes: nearest, indices: reshape(indices, [n, height, width]) };
}

function encoder(params: Params, config: FirstStageConfig, x: Expr): Expr {
  const factor = downsamplingOf(config);
  if (x.shape[2] % factor !== 0 || x.shape[3] % factor !== 0) {
    throw new UserError(
      `An image of ${x.shape[2]} x ${x.shape[3]} cannot be encoded: both sides must be divisible by ${factor}. Resize or pad it.`,
    );
  }
  const options = normOf(config);
  let h = conv(scope(params, 'conv_in'), x, { out: config.ch });
  config.chMult.forEach((multiplier, level) => {
    const at = scope(params, `down.${level}`);
    for (let block = 0; block < config.numResBlocks; block++) {
      h = resnetBlock(scope(at, `block.${block}`), h, { ...options, out: config.ch * multiplier });
      if (hasAttention(config, level)) h = spatialAttention(scope(at, `attn.${block}`), h, options);
    }
    if (level < config.chMult.length - 1) {
      // Padding on the right and at the bottom only, unlike the UNet.
      h = conv(scope(at, 'downsample.conv'), h, { out: h.shape[1], stride: 2, pads: [0, 0, 1, 1] });
    }
  });
  h = middle(scope(params, 'mid'), config, h);
  const out = config.kind === 'kl' ? 2 * config.zChannels : config.zChannels;
  return conv(scope(params, 'conv_out'), silu(norm(scope(params, 'norm_out'), h, options)), { out });
}

function decoder(params: Params, config: FirstStageConfig, z: Expr): Expr {
  const options = normOf(config);
  const levels = config.chMult.length;
  let h = conv(scope(params, 'conv_in'), z, { out: config.ch * config.chMult[levels - 1] });
  h = middle(scope(params, 'mid'), config, h);
  // Level 0 is the finest and runs last.
  for (let level = levels - 1; level >= 0; level--) {
    const at = scope(params, `up.${level}`);
    for (let block = 0; block <= config.numResBlocks; block++) {
      h = resnetBlock(scope(at, `block.${block}`), h, { ...options, out: config.ch * config.chMult[level] });
      if (hasAttention(config, level)) h = spatialAttention(scope(at, `attn.${block}`), h, options);
    }
    if (level > 0) h = upsample(scope(at, 'upsample'), h);
  }
  return conv(scope(params, 'conv_out'), silu(norm(scope(params, 'norm_out'), h, options)), { out: config.outChannels });
}

function middle(params: Params, config: FirstStageConfig, x: Expr): Expr {
  const options = normOf(config);
  let h = resnetBlock(scope(params, 'block_1'), x, { ...options, out: x.shape[1] });
  h = spatialAttention(scope(params, 'attn_1'), h, options);
  return resnetBlock(scope(params, 'block_2'), h, { ...options, out: x.shape[1] });
}

/** Decided by the side at training, so that one set of weights serves every size. */
function hasAttention(config: FirstStageConfig, level: number): boolean {
  return config.attnResolutions.includes(config.resolution / 2 ** level);
}

/** Every parameter of the first stage, in order of use. */
export function firstStageSpecs(config: FirstStageConfig): readonly ParamSpec[] {
  const { params, specs } = inputParams();
  const side = 2 * downsamplingOf(config);
  const z = encode(params, config, input('x', [1, config.inChannels, side, side]));
  decode(params, config, z);
  return specs;
}
