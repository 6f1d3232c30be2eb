import { averagePool, concat, constant, cos, type Expr, input, mul, reshape, silu, sin, upsampleNearest } from '../graph/index.js';
import {
  conv,
  inputParams,
  linear,
  multiHeadAttention,
  norm,
  type ParamSpec,
  type Params,
  resBlock,
  scope,
  upsample,
} from '../nn/index.js';
import { UserError } from '../tensor/errors.js';
import { tensor } from '../tensor/tensor.js';
import type { UNetConfig } from './config.js';

const EPS = 1e-5;

/**
 * The denoiser: its estimate at z [N, C, h, w] and t [N] float32 levels, [N, outChannels, h, w].
 * Architecture of Dhariwal and Nichol (NeurIPS 2021), also in the form of Rombach et al. (CVPR 2022); names as in guided-diffusion's
 * state dicts and in CompVis' without `model.diffusion_model.` (see `scope`). Sizes need only be divisible by 2^(levels - 1).
 */
export function unet(params: Params, config: UNetConfig, z: Expr, t: Expr): Expr {
  const { modelChannels, channelMult, numResBlocks, attentionResolutions, scaleShiftNorm: scaleShift } = config;
  const levels = channelMult.length;
  const factor = 2 ** (levels - 1);
  if (z.shape[2] % factor !== 0 || z.shape[3] % factor !== 0) {
    throw new UserError(`The UNet cannot take ${z.shape[2]} x ${z.shape[3]}: both sides must be divisible by ${factor}.`);
  }
  const options = { groups: config.normGroups, eps: config.normEps ?? EPS, scaleShift };
  const emb = silu(timeEmbedding(scope(params, 'time_embed'), t, config));
  const residual = (at: Params, h: Expr, out: number, resample?: 'down' | 'up'): Expr =>
    resBlock(at, h, emb, { ...options, out, resample });
  const attend = (at: Params, h: Expr): Expr =>
    multiHeadAttention(at, h, { ...options, heads: headsAt(config, h.shape[1]), order: config.attentionOrder });
  const level = (at: Params, h: Expr, l: number): Expr => {
    const out = residual(scope(at, '0'), h, modelChannels * channelMult[l]);
    return attentionResolutions.includes(2 ** l) ? attend(scope(at, '1'), out) : out;
  };

  let h = conv(scope(params, 'input_blocks.0.0'), z, { out: modelChannels });
  const skips = [h];
  for (let l = 0; l < levels; l++) {
    for (let i = 0; i < numResBlocks; i++) {
      h = level(scope(params, `input_blocks.${skips.length}`), h, l);
      skips.push(h);
    }
    if (l < levels - 1) {
      const at = scope(params, `input_blocks.${skips.length}.0`);
      h = config.resblockUpdown ? residual(at, h, h.shape[1], 'down') : down(scope(at, 'op'), h, config);
      skips.push(h);
    }
  }

  const middle = scope(params, 'middle_block');
  h = residual(scope(middle, '0'), h, h.shape[1]);
  h = attend(scope(middle, '1'), h);
  h = residual(scope(middle, '2'), h, h.shape[1]);

  let block = 0;
  for (let l = levels - 1; l >= 0; l--) {
    for (let i = 0; i <= numResBlocks; i++) {
      const at = scope(params, `output_blocks.${block++}`);
      h = level(at, concat([h, skips.pop()!], 1), l);
      if (l === 0 || i < numResBlocks) continue;
      // The upsampling follows attention where there is one, so its index is 1 or 2.
      const last = scope(at, attentionResolutions.includes(2 ** l) ? '2' : '1');
      h = config.resblockUpdown ? residual(last, h, h.shape[1], 'up') : up(last, h, config);
    }
  }
  return conv(scope(params, 'out.2'), silu(norm(scope(params, 'out.0'), h, options)), { out: config.outChannels, zero: true });
}

/** Attention heads where there are so many channels. */
export function headsAt(config: UNetConfig, channels: number): number {
  return config.numHeads ?? channels / config.headChannels!;
}

/** [N, C, h, w] -> [N, C, h/2, w/2]. */
function down(params: Params, x: Expr, config: UNetConfig): Expr {
  if (config.convResample === false) return averagePool(x, 2);
  return conv(params, x, { out: x.shape[1], stride: 2, pads: config.downsamplePadding === 'end' ? [0, 0, 1, 1] : 1 });
}

/** [N, C, h, w] -> [N, C, 2h, 2w]. */
function up(params: Params, x: Expr, config: UNetConfig): Expr {
  return config.convResample === false ? upsampleNearest(x, 2) : upsample(params, x);
}

/** Levels [N] to embeddings [N, 4 channels]: [cos | sin] of the level times each frequency, then Linear, SiLU, Linear. */
function timeEmbedding(params: Params, t: Expr, { modelChannels, frequencyShift = 0 }: UNetConfig): Expr {
  const half = modelChannels / 2;
  const frequencies = tensor(
    [1, half],
    Float32Array.from({ length: half }, (_, k) => Math.exp((-Math.log(10000) * k) / (half - frequencyShift))),
  );
  const angles = mul(reshape(t, [t.shape[0], 1]), constant(frequencies)); // [N, half]
  const out = 4 * modelChannels;
  const h = linear(scope(params, '0'), concat([cos(angles), sin(angles)], 1), { out });
  return linear(scope(params, '2'), silu(h), { out });
}

/** Every parameter of the UNet, in order of use. */
export function unetSpecs(config: UNetConfig): readonly ParamSpec[] {
  const { params, specs } = inputParams();
  const side = 2 ** (config.channelMult.length - 1);
  unet(params, config, input('z', [1, config.inChannels, side, side]), input('t', [1]));
  return specs;
}
