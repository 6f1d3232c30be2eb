import { UsageError } from '../../tensor/errors.js';
import type { FirstStageConfig, ScheduleConfig, UNetConfig } from '../config.js';
import { headsAt } from '../unet.js';

/* Our configurations as diffusers' config.json files: the inverse of diffusers-read.ts. */

export type Json = Readonly<Record<string, unknown>>;

/** Informative there; the files read in this version and later. */
const VERSION = '0.30.0';

/** @throws UserError for an architecture that `UNet2DModel` does not have */
export function unetJson(c: UNetConfig): Json {
  if (c.convResample === false && c.channelMult.length > 1) refuse('a UNet that changes sizes without convolutions');
  const attends = c.channelMult.map((_, l) => c.attentionResolutions.includes(2 ** l));
  const block = (side: 'Down' | 'Up') => (attention: boolean) =>
    attention ? `Attn${side}Block2D` : c.resblockUpdown ? `Resnet${side}sampleBlock2D` : `${side}Block2D`;
  const resample = c.resblockUpdown ? 'resnet' : 'conv';
  return {
    _class_name: 'UNet2DModel',
    _diffusers_version: VERSION,
    sample_size: c.imageSize,
    in_channels: c.inChannels,
    out_channels: c.outChannels,
    time_embedding_type: 'positional',
    freq_shift: c.frequencyShift ?? 0,
    flip_sin_to_cos: true,
    down_block_types: attends.map(block('Down')),
    up_block_types: attends.toReversed().map(block('Up')),
    block_out_channels: c.channelMult.map((m) => c.modelChannels * m),
    layers_per_block: c.numResBlocks,
    downsample_padding: c.downsamplePadding === 'end' ? 0 : 1,
    downsample_type: resample,
    upsample_type: resample,
    act_fn: 'silu',
    attention_head_dim: headDim(c),
    norm_num_groups: c.normGroups,
    attn_norm_num_groups: c.normGroups,
    norm_eps: c.normEps ?? 1e-5,
    resnet_time_scale_shift: c.scaleShiftNorm ? 'scale_shift' : 'default',
    add_attention: true,
  };
}

/** Channels of a head, which diffusers has alike at every level; null is one head of all channels. */
function headDim(c: UNetConfig): number | null {
  if (c.numHeads === 1) return null;
  const attended = c.channelMult.filter((_, l) => l === c.channelMult.length - 1 || c.attentionResolutions.includes(2 ** l));
  const dims = new Set(attended.map((m) => (c.modelChannels * m) / headsAt(c, c.modelChannels * m)));
  if (dims.size > 1) refuse('attention heads of other sizes at other levels');
  return [...dims][0];
}

/** @throws UserError for an architecture that `AutoencoderKL` does not have */
export function firstStageJson(c: FirstStageConfig, scaleFactor: number): Json {
  if (c.kind === 'kl' && c.embedDim !== c.zChannels) refuse('a KL first stage whose latents have other channels than its encoder gives');
  const attends = c.chMult.map((_, l) => c.attnResolutions.includes(c.resolution / 2 ** l));
  return {
    _class_name: c.kind === 'vq' ? 'VQModel' : 'AutoencoderKL',
    _diffusers_version: VERSION,
    in_channels: c.inChannels,
    out_channels: c.outChannels,
    down_block_types: attends.map((attention) => `${attention ? 'Attn' : ''}DownEncoderBlock2D`),
    up_block_types: attends.toReversed().map((attention) => `${attention ? 'Attn' : ''}UpDecoderBlock2D`),
    block_out_channels: c.chMult.map((m) => c.ch * m),
    layers_per_block: c.numResBlocks,
    act_fn: 'silu',
    latent_channels: c.zChannels,
    ...(c.kind === 'vq' && { num_vq_embeddings: c.nEmbed, vq_embed_dim: c.embedDim }),
    sample_size: c.resolution,
    norm_num_groups: c.normGroups,
    scaling_factor: scaleFactor,
  };
}

const betaSchedules = {
  linear: 'linear',
  'scaled-linear': 'scaled_linear',
  'squared-cosine': 'squaredcos_cap_v2',
  betas: 'linear',
} as const;

/** @param learnedSigma the UNet gives variances too, which only the ancestral sampler takes */
export function schedulerJson(c: ScheduleConfig, learnedSigma: boolean): Json {
  return {
    _class_name: learnedSigma ? 'DDPMScheduler' : 'DDIMScheduler',
    _diffusers_version: VERSION,
    num_train_timesteps: c.levels,
    beta_start: c.betaStart,
    beta_end: c.betaEnd,
    beta_schedule: betaSchedules[c.kind],
    trained_betas: c.betas ?? null,
    prediction_type: c.prediction === 'v' ? 'v_prediction' : 'epsilon',
    clip_sample: c.clipSample ?? false,
    ...(learnedSigma ? { variance_type: 'learned_range' } : { steps_offset: c.stepsOffset ?? 0 }),
  };
}

function refuse(what: string): never {
  throw new UsageError(`diffusers cannot express ${what}. Choose another layout.`);
}
