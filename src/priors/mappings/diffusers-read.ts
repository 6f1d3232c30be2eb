import type { z } from 'zod';
import { UserError } from '../../tensor/errors.js';
import type { firstStageSchema, scheduleSchema, unetSchema } from '../config.js';
import { multipliers } from './conventions.js';
import {
  attentionLevels,
  componentConfig,
  type FirstStageJson,
  klJson,
  schedulerJson,
  squareSide,
  type UNetJson,
  unetJson,
  vqJson,
} from './diffusers-configs.js';

/** A component's configuration as ours, and what its names need beside it. */
export interface ReadUNet {
  readonly config: Omit<z.input<typeof unetSchema>, 'imageSize'>;
  readonly imageSize?: number;
  /** The time embedding is [sin | cos] there. */
  readonly sineFirst: boolean;
}

/** `UNet2DModel`. @throws UserError naming what of it cannot be expressed */
export function readUNet(component: string, json: unknown): ReadUNet {
  const c = componentConfig(unetJson, component, json);
  const widths = c.block_out_channels;
  const known = /^((Attn)?(Down|Up)Block2D|Resnet(Down|Up)sampleBlock2D)$/;
  const attends = attentionLevels(component, c.down_block_types, c.up_block_types, widths.length, known);
  if (c.resnet_time_scale_shift === 'scale_shift' && c.attn_norm_num_groups == null && 'attn_norm_num_groups' in c) {
    throw new UserError(
      `The configuration of ${component} cannot be expressed here: attention in the middle without a norm (attn_norm_num_groups).`,
    );
  }
  if (c.attn_norm_num_groups != null && c.attn_norm_num_groups !== c.norm_num_groups) {
    throw new UserError(`The configuration of ${component} cannot be expressed here: attn_norm_num_groups differs from norm_num_groups.`);
  }
  return {
    config: {
      inChannels: c.in_channels,
      outChannels: c.out_channels,
      modelChannels: widths[0],
      channelMult: multipliers(component, widths[0], widths),
      numResBlocks: c.layers_per_block,
      attentionResolutions: attends.flatMap((has, l) => (has ? [2 ** l] : [])),
      ...(c.attention_head_dim === null ? { numHeads: 1 } : { headChannels: c.attention_head_dim }),
      scaleShiftNorm: c.resnet_time_scale_shift === 'scale_shift' || undefined,
      resblockUpdown: resamplesByBlocks(component, c) || undefined,
      downsamplePadding: c.downsample_padding === 0 ? 'end' : undefined,
      frequencyShift: c.freq_shift || undefined,
      normGroups: c.norm_num_groups,
      normEps: c.norm_eps === 1e-5 ? undefined : c.norm_eps,
    },
    imageSize: squareSide(component, c.sample_size),
    sineFirst: !c.flip_sin_to_cos,
  };
}

/** Whether every change of size is by a residual block, or every one by a convolution. @throws UserError when they are mixed */
function resamplesByBlocks(component: string, c: UNetJson): boolean {
  // The types of the plain blocks fix how they resample; those with attention follow the option. The last of each side does not.
  const byBlock = (types: readonly string[], option: string | null | undefined): boolean[] =>
    types.slice(0, -1).map((type) => (type.startsWith('Attn') ? option === 'resnet' : type.startsWith('Resnet')));
  const all = new Set([...byBlock(c.down_block_types, c.downsample_type), ...byBlock(c.up_block_types, c.upsample_type)]);
  if (all.size > 1)
    throw new UserError(
      `The configuration of ${component} cannot be expressed here: sizes change by residual blocks at some levels, by convolutions at others.`,
    );
  return all.has(true);
}

export interface ReadFirstStage {
  /** For images of that side, by which attention is placed. */
  readonly config: (resolution: number) => z.input<typeof firstStageSchema>;
  /** Between image side and latent side. */
  readonly factor: number;
  readonly sampleSize?: number;
  readonly scaleFactor: number;
}

/** `VQModel` or `AutoencoderKL`. @throws UserError naming what of it cannot be expressed */
export function readFirstStage(component: string, kind: 'vq' | 'kl', json: unknown): ReadFirstStage {
  const c: FirstStageJson = kind === 'vq' ? componentConfig(vqJson, component, json) : componentConfig(klJson, component, json);
  const widths = c.block_out_channels;
  const attends = attentionLevels(
    component,
    c.down_block_types,
    c.up_block_types,
    widths.length,
    /^(Attn)?(DownEncoder|UpDecoder)Block2D$/,
  );
  const vq = 'num_vq_embeddings' in c ? (c as z.output<typeof vqJson>) : undefined;
  return {
    config: (resolution) => ({
      kind,
      inChannels: c.in_channels,
      outChannels: c.out_channels,
      ch: widths[0],
      chMult: multipliers(component, widths[0], widths),
      numResBlocks: c.layers_per_block,
      zChannels: c.latent_channels,
      embedDim: vq?.vq_embed_dim ?? c.latent_channels,
      nEmbed: vq?.num_vq_embeddings,
      attnResolutions: attends.flatMap((has, l) => (has ? [resolution / 2 ** l] : [])),
      resolution,
      normGroups: c.norm_num_groups,
    }),
    factor: 2 ** (widths.length - 1),
    sampleSize: squareSide(component, c.sample_size),
    scaleFactor: c.scaling_factor,
  };
}

const schedulers =
  /^(DDIM|DDPM|PNDM|LMSDiscrete|Euler(Ancestral)?Discrete|HeunDiscrete|DPMSolver(Multi|Single)step|DEISMultistep|UniPCMultistep)Scheduler$/;

/**
 * The schedule of a scheduler; which sampler it is does not matter.
 * @throws UserError for one that has no variances, or what cannot be expressed
 */
export function readScheduler(component: string, className: string | undefined, json: unknown): z.input<typeof scheduleSchema> {
  if (className !== undefined && !schedulers.test(className))
    throw new UserError(
      `The configuration of ${component} cannot be expressed here: ${className} is none of the schedulers of discrete levels.`,
    );
  const c = componentConfig(schedulerJson, component, json);
  const recorded = {
    levels: c.trained_betas?.length ?? c.num_train_timesteps,
    prediction: c.prediction_type === 'v_prediction' ? ('v' as const) : undefined,
    stepsOffset: c.steps_offset || undefined,
    clipSample: (c.clip_sample ?? /^DD[IP]M/.test(className ?? '')) || undefined,
  };
  if (c.trained_betas) return { ...recorded, kind: 'betas', betas: c.trained_betas };
  if (c.beta_schedule === 'squaredcos_cap_v2') return { ...recorded, kind: 'squared-cosine' };
  const kind = c.beta_schedule === 'linear' ? 'linear' : 'scaled-linear';
  return { ...recorded, kind, betaStart: c.beta_start, betaEnd: c.beta_end };
}
