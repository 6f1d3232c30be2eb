import { z } from 'zod';
import { checked } from '../../io/checked.js';
import { UserError } from '../../tensor/errors.js';

/*
 * The config.json files of diffusers, with the defaults of its classes for what a file leaves out. Older files lack newer fields,
 * newer ones have fields that change nothing here: both are read.
 */

const count = z.int().positive();
const side = z.union([count, z.array(count)]).nullish();
/** A field that is only ever what it is by default; another value is an architecture that CompVis' cannot express. */
const onlyDefault = (value: string | number | boolean | null) =>
  z.literal(value, { error: `only ${JSON.stringify(value)} can be expressed here` }).nullish();
const silu = z.enum(['silu', 'swish']).default('silu');

export const unetJson = z.looseObject({
  sample_size: side,
  in_channels: count.default(3),
  out_channels: count.default(3),
  center_input_sample: onlyDefault(false),
  time_embedding_type: onlyDefault('positional'),
  freq_shift: z.number().default(0),
  flip_sin_to_cos: z.boolean().default(true),
  down_block_types: z.array(z.string()).default(['DownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D']),
  mid_block_type: onlyDefault('UNetMidBlock2D'),
  up_block_types: z.array(z.string()).default(['AttnUpBlock2D', 'AttnUpBlock2D', 'AttnUpBlock2D', 'UpBlock2D']),
  block_out_channels: z.array(count).nonempty().default([224, 448, 672, 896]),
  layers_per_block: count.default(2),
  mid_block_scale_factor: onlyDefault(1),
  downsample_padding: z.union([z.literal(0), z.literal(1)]).default(1),
  downsample_type: z.enum(['conv', 'resnet']).nullish(),
  upsample_type: z.enum(['conv', 'resnet']).nullish(),
  act_fn: silu,
  attention_head_dim: count.nullable().default(8),
  norm_num_groups: count.default(32),
  attn_norm_num_groups: count.nullish(),
  norm_eps: z.number().default(1e-5),
  resnet_time_scale_shift: z.enum(['default', 'scale_shift']).default('default'),
  add_attention: onlyDefault(true),
  class_embed_type: onlyDefault(null),
  num_class_embeds: onlyDefault(null),
});
export type UNetJson = z.output<typeof unetJson>;

const firstStageShape = {
  in_channels: count.default(3),
  out_channels: count.default(3),
  down_block_types: z.array(z.string()).default(['DownEncoderBlock2D']),
  up_block_types: z.array(z.string()).default(['UpDecoderBlock2D']),
  block_out_channels: z.array(count).nonempty().default([64]),
  layers_per_block: count.default(1),
  act_fn: silu,
  sample_size: side,
  norm_num_groups: count.default(32),
  norm_type: onlyDefault('group'),
  mid_block_add_attention: onlyDefault(true),
};

/** Files from before `scaling_factor` belong to models that had none. */
export const vqJson = z.looseObject({
  ...firstStageShape,
  latent_channels: count.default(3),
  num_vq_embeddings: count.default(256),
  vq_embed_dim: count.nullish(),
  scaling_factor: z
    .number()
    .positive()
    .nullish()
    .transform((s) => s ?? 1),
});

/** Files from before `scaling_factor` belong to Stable Diffusion's first stage, whose factor is the default since. */
export const klJson = z.looseObject({
  ...firstStageShape,
  latent_channels: count.default(4),
  scaling_factor: z
    .number()
    .positive()
    .nullish()
    .transform((s) => s ?? 0.18215),
  shift_factor: onlyDefault(0),
  latents_mean: onlyDefault(null),
  latents_std: onlyDefault(null),
  use_quant_conv: onlyDefault(true),
  use_post_quant_conv: onlyDefault(true),
});
export type FirstStageJson = z.output<typeof vqJson> | z.output<typeof klJson>;

export const schedulerJson = z.looseObject({
  num_train_timesteps: count.default(1000),
  beta_start: z.number().default(1e-4),
  beta_end: z.number().default(0.02),
  beta_schedule: z.enum(['linear', 'scaled_linear', 'squaredcos_cap_v2']).default('linear'),
  trained_betas: z.array(z.number()).nullish(),
  prediction_type: z.enum(['epsilon', 'v_prediction']).default('epsilon'),
  steps_offset: z.int().min(0).default(0),
  clip_sample: z.boolean().nullish(),
  /** Of the first versions. */
  predict_epsilon: onlyDefault(true),
  rescale_betas_zero_snr: onlyDefault(false),
  use_flow_sigmas: onlyDefault(false),
});

/** @throws UserError naming the component and the field that cannot be expressed */
export function componentConfig<S extends z.ZodType>(schema: S, component: string, json: unknown): z.output<S> {
  return checked(schema, json, (problems) => new UserError(`The configuration of ${component} cannot be expressed here: ${problems}.`));
}

/** The one side of a square. @throws UserError for a rectangle */
export function squareSide(component: string, size: z.output<typeof side>): number | undefined {
  const sides = typeof size === 'number' ? [size] : (size ?? []);
  if (new Set(sides).size > 1)
    throw new UserError(`The configuration of ${component} cannot be expressed here: sample_size ${sides.join(' x ')} is no square.`);
  return sides[0];
}

/**
 * Which levels have attention, finest first, from block types.
 * @throws UserError for a type that is not known, or when the two sides differ
 */
export function attentionLevels(
  component: string,
  down: readonly string[],
  up: readonly string[],
  levels: number,
  known: RegExp,
): boolean[] {
  const refuse = (what: string): never => {
    throw new UserError(`The configuration of ${component} cannot be expressed here: ${what}.`);
  };
  if (down.length !== levels || up.length !== levels)
    refuse(`${levels} levels of channels, ${down.length} types of blocks down, ${up.length} up`);
  const odd = [...down, ...up].find((type) => !known.test(type));
  if (odd !== undefined) refuse(`its blocks are of type ${odd}`);
  const attends = (type: string): boolean => type.startsWith('Attn');
  if (down.some((type, l) => attends(type) !== attends(up[levels - 1 - l])))
    refuse('attention at other levels on the way down than on the way up');
  return down.map(attends);
}
