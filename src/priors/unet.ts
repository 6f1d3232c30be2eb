import { concat, constant, cos, type Expr, input, mul, reshape, silu, sin } from '../graph/index.js';
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
 * The denoiser of latent diffusion: epsilon(z, t), z [N, C, h, w], t [N] float32 levels, result [N, outChannels, h, w].
 * Architecture of Dhariwal and Nichol (NeurIPS 2021) in the form of Rombach et al. (CVPR 2022); names as in CompVis'
 * state dicts without `model.diffusion_model.` (see `scope`). Sizes need only be divisible by 2^(levels - 1).
 */
export function unet(params: Params, config: UNetConfig, z: Expr, t: Expr): Expr {
  const { modelChannels, channelMult, numResBlocks, attentionResolutions, headChannels, normGroups: groups } = config;
  const factor = 2 ** (channelMult.length - 1);
  if (z.shape[2] % factor !== 0 || z.shape[3] % factor !== 0) {
    throw new UserError(`The UNet cannot take ${z.shape[2]} x ${z.shape[3]}: both sides must be divisible by ${factor}.`);
  }
  const options = { groups, eps: EPS };
  const emb = silu(timeEmbedding(scope(params, 'time_embed'), t, modelChannels));
  const level = (at: Params, h: Expr, l: number): Expr => {
    const out = resBlock(scope(at, '0'), h, emb, { ...options, out: modelChannels * channelMult[l] });
    return attentionResolutions.includes(2 ** l) ? multiHeadAttention(scope(at, '1'), out, { ...options, headChannels }) : out;
  };

  let h = conv(scope(params, 'input_blocks.0.0'), z, { out: modelChannels });
  const skips = [h];
  for (let l = 0; l < channelMult.length; l++) {
    for (let i = 0; i < numResBlocks; i++) {
      h = level(scope(params, `input_blocks.${skips.length}`), h, l);
      skips.push(h);
    }
    if (l < channelMult.length - 1) {
      h = conv(scope(params, `input_blocks.${skips.length}.0.op`), h, { out: h.shape[1], stride: 2 });
      skips.push(h);
    }
  }

  const middle = scope(params, 'middle_block');
  h = resBlock(scope(middle, '0'), h, emb, { ...options, out: h.shape[1] });
  h = multiHeadAttention(scope(middle, '1'), h, { ...options, headChannels });
  h = resBlock(scope(middle, '2'), h, emb, { ...options, out: h.shape[1] });

  let block = 0;
  for (let l = channelMult.length - 1; l >= 0; l--) {
    for (let i = 0; i <= numResBlocks; i++) {
      const at = scope(params, `output_blocks.${block++}`);
      h = level(at, concat([h, skips.pop()!], 1), l);
      // The upsampling follows attention where there is one, so its index is 1 or 2.
      if (l > 0 && i === numResBlocks) h = upsample(scope(at, attentionResolutions.includes(2 ** l) ? '2' : '1'), h);
    }
  }
  return conv(scope(params, 'out.2'), silu(norm(scope(params, 'out.0'), h, options)), { out: config.outChannels, zero: true });
}

/** Levels [N] to embeddings [N, 4 channels]: [cos | sin] at frequencies 10000^(-k / half), then Linear, SiLU, Linear. */
function timeEmbedding(params: Params, t: Expr, channels: number): Expr {
  const half = channels / 2;
  const frequencies = tensor(
    [1, half],
    Float32Array.from({ length: half }, (_, k) => Math.exp((-Math.log(10000) * k) / half)),
  );
  const angles = mul(reshape(t, [t.shape[0], 1]), constant(frequencies)); // [N, half]
  const out = 4 * channels;
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
