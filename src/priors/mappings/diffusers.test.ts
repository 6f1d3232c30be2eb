import { describe, expect, test } from 'vitest';
import { initialise } from '../../nn/index.js';
import { UserError } from '../../tensor/errors.js';
import { Random } from '../../tensor/random.js';
import { type Shape, sizeOf } from '../../tensor/tensor.js';
import { type PriorConfig, priorSchema, priorSpecs } from '../families/index.js';
import { latentPriorSchema } from '../families/latent.js';
import { stored, unreadable } from '../testing/stored.js';
import { tinyFirstStage, tinyUNet } from '../testing/tiny-configs.js';
import { recogniseDiffusers } from './diffusers.js';
import { mapDiffusersFirstStage, mapDiffusersUNet } from './diffusers-names.js';
import { writeDiffusers } from './diffusers-write.js';

/* Configurations as published (facts): CompVis/ldm-celebahq-256, google/ddpm-celebahq-256, and a CT prior of 512x512. */
const celebaUNet = {
  _class_name: 'UNet2DModel',
  act_fn: 'silu',
  attention_head_dim: 32,
  block_out_channels: [224, 448, 672, 896],
  center_input_sample: false,
  down_block_types: ['DownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D'],
  downsample_padding: 1,
  flip_sin_to_cos: true,
  freq_shift: 0,
  in_channels: 3,
  layers_per_block: 2,
  mid_block_scale_factor: 1,
  norm_eps: 1e-5,
  norm_num_groups: 32,
  out_channels: 3,
  resnet_time_scale_shift: 'default',
  sample_size: 64,
  time_embedding_type: 'positional',
  up_block_types: ['AttnUpBlock2D', 'AttnUpBlock2D', 'AttnUpBlock2D', 'UpBlock2D'],
};
const celebaVq = {
  _class_name: 'VQModel',
  act_fn: 'silu',
  block_out_channels: [128, 256, 512],
  down_block_types: ['DownEncoderBlock2D', 'DownEncoderBlock2D', 'DownEncoderBlock2D'],
  in_channels: 3,
  latent_channels: 3,
  layers_per_block: 2,
  num_vq_embeddings: 8192,
  out_channels: 3,
  sample_size: 256,
  up_block_types: ['UpDecoderBlock2D', 'UpDecoderBlock2D', 'UpDecoderBlock2D'],
};
const celebaScheduler = {
  _class_name: 'DDIMScheduler',
  beta_end: 0.0195,
  beta_schedule: 'scaled_linear',
  beta_start: 0.0015,
  clip_sample: false,
  timestep_values: null,
  timesteps: 1000,
  trained_betas: null,
};
const ddpmUNet = {
  ...celebaUNet,
  attention_head_dim: null,
  block_out_channels: [128, 128, 256, 256, 512, 512],
  down_block_types: ['DownBlock2D', 'DownBlock2D', 'DownBlock2D', 'DownBlock2D', 'AttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'AttnUpBlock2D', 'UpBlock2D', 'UpBlock2D', 'UpBlock2D', 'UpBlock2D'],
  downsample_padding: 0,
  flip_sin_to_cos: false,
  freq_shift: 1,
  norm_eps: 1e-6,
  sample_size: 256,
};
const anything = unreadable([['x', []]]);
const celeba = (change: { unet?: object; vqvae?: object; scheduler?: object } = {}) => ({
  components: {
    unet: { config: { ...celebaUNet, ...change.unet }, tensors: anything },
    vqvae: { config: { ...celebaVq, ...change.vqvae }, tensors: anything },
    scheduler: { config: { ...celebaScheduler, ...change.scheduler } },
  },
});

describe('published configurations', () => {
  test('CompVis/ldm-celebahq-256 is LDM-VQ4', () => {
    const found = recogniseDiffusers('celeba', celeba());
    expect(found.parameters).toEqual({ unet: 274_056_163, 'first stage': 55_322_782 });
    expect(found.config).toMatchObject({
      kind: 'latent',
      firstStage: { kind: 'vq', ch: 128, chMult: [1, 2, 4], zChannels: 3, embedDim: 3, nEmbed: 8192, attnResolutions: [], resolution: 256 },
      unet: { modelChannels: 224, channelMult: [1, 2, 3, 4], attentionResolutions: [2, 4, 8], headChannels: 32, imageSize: 64 },
      schedule: { kind: 'scaled-linear', levels: 1000, betaStart: 0.0015, betaEnd: 0.0195 },
      scaleFactor: 1,
    });
  });

  test('its names there', () => {
    const { config } = recogniseDiffusers('celeba', celeba());
    if (config.kind !== 'latent') throw new Error('not latent');
    const specs = priorSpecs(config);
    const below = (prefix: string) => specs.filter(({ name }) => name.startsWith(`${prefix}.`));
    const unet = mapDiffusersUNet(config.unet, below('model.diffusion_model'), { prefix: '', ours: 'model.diffusion_model' });
    const first = mapDiffusersFirstStage(config.firstStage, below('first_stage_model'), {
      prefix: '',
      ours: 'first_stage_model',
      oldAttention: true,
    });
    const names = new Map<string, Shape>(
      [...unet, ...first].flatMap(({ theirs }) => theirs.map(({ name, shape }) => [name, shape] as const)),
    );
    expect([...names.values()].reduce((sum, shape) => sum + sizeOf(shape), 0)).toBe(274_056_163 + 55_322_782);
    // q, k and v apart: 16 attentions, each 4 tensors more than the 368
    expect(new Set(unet.flatMap(({ theirs }) => theirs.map(({ name }) => name))).size).toBe(368 + 16 * 4);
    const expected: Record<string, Shape> = {
      'time_embedding.linear_1.weight': [896, 224],
      'conv_in.weight': [224, 3, 3, 3],
      'down_blocks.0.downsamplers.0.conv.weight': [224, 224, 3, 3],
      'down_blocks.1.resnets.0.conv_shortcut.weight': [448, 224, 1, 1],
      'down_blocks.3.attentions.1.to_q.weight': [896, 896],
      'mid_block.attentions.0.to_out.0.bias': [896],
      'mid_block.resnets.1.time_emb_proj.weight': [896, 896],
      'up_blocks.0.resnets.2.norm1.weight': [896 + 672],
      'up_blocks.2.upsamplers.0.conv.weight': [448, 448, 3, 3],
      'up_blocks.2.attentions.2.group_norm.weight': [448],
      'conv_norm_out.weight': [224],
      'encoder.down_blocks.1.downsamplers.0.conv.weight': [256, 256, 3, 3],
      'encoder.mid_block.attentions.0.query.weight': [512, 512],
      'encoder.conv_norm_out.bias': [512],
      'decoder.mid_block.resnets.0.conv1.weight': [512, 512, 3, 3],
      'decoder.mid_block.attentions.0.proj_attn.weight': [512, 512],
      'decoder.up_blocks.1.resnets.0.conv_shortcut.weight': [256, 512, 1, 1],
      'decoder.up_blocks.1.upsamplers.0.conv.weight': [256, 256, 3, 3],
      'quantize.embedding.weight': [8192, 3],
      'post_quant_conv.weight': [3, 3, 1, 1],
    };
    for (const [name, shape] of Object.entries(expected)) expect(names.get(name), name).toEqual(shape);
  });

  test('google/ddpm-celebahq-256, a lone component: 113,673,219 parameters', () => {
    const found = recogniseDiffusers('ddpm', { components: { '': { config: ddpmUNet, tensors: anything } } });
    expect(found.parameters).toEqual({ unet: 113_673_219 });
    expect(found.config).toMatchObject({
      kind: 'pixel',
      unet: { numHeads: 1, downsamplePadding: 'end', frequencyShift: 1, normEps: 1e-6, attentionResolutions: [16], imageSize: 256 },
      schedule: { kind: 'linear', betaStart: 1e-4, betaEnd: 0.02 },
    });
  });

  test('a latent CT prior: sides from the UNet, defaults of the classes, explicit scale', () => {
    const found = recogniseDiffusers('ct', {
      components: {
        unet: { config: { _class_name: 'UNet2DModel', sample_size: 128, in_channels: 1, out_channels: 1 }, tensors: anything },
        vqvae: {
          config: { ...celebaVq, in_channels: 1, out_channels: 1, latent_channels: 1, num_vq_embeddings: 512, scaling_factor: 1 },
          tensors: anything,
        },
        scheduler: { config: { _class_name: 'DDPMScheduler' } },
      },
    });
    expect(found.config).toMatchObject({
      firstStage: { resolution: 512, embedDim: 1, nEmbed: 512 },
      unet: { imageSize: 128, headChannels: 8, channelMult: [1, 2, 3, 4] },
      schedule: { kind: 'linear', betaStart: 1e-4, betaEnd: 0.02, clipSample: true },
    });
  });
});

describe('schedulers', () => {
  const schedule = (scheduler: object) => {
    const { config } = recogniseDiffusers('x', celeba({ scheduler }));
    return 'schedule' in config && config.schedule;
  };
  test('are read alike whatever they sample by', () => {
    expect(schedule({ _class_name: 'PNDMScheduler', steps_offset: 1, prediction_type: 'v_prediction' })).toMatchObject({
      stepsOffset: 1,
      prediction: 'v',
    });
    expect(schedule({ _class_name: 'LMSDiscreteScheduler', num_train_timesteps: 50 })).toMatchObject({ kind: 'scaled-linear', levels: 50 });
    expect(schedule({ beta_schedule: 'squaredcos_cap_v2' })).toMatchObject({ kind: 'squared-cosine' });
    expect(schedule({ trained_betas: [0.1, 0.2] })).toMatchObject({ kind: 'betas', levels: 2, betas: [0.1, 0.2] });
  });
});

describe('what CompVis cannot express is refused by its name', () => {
  test.each<[Parameters<typeof celeba>[0], RegExp]>([
    [{ unet: { time_embedding_type: 'fourier' } }, /x\/unet .*time_embedding_type: only "positional"/],
    [{ unet: { center_input_sample: true } }, /center_input_sample/],
    [{ unet: { mid_block_scale_factor: 1.4 } }, /mid_block_scale_factor/],
    [{ unet: { add_attention: false } }, /add_attention/],
    [{ unet: { num_class_embeds: 10 } }, /num_class_embeds/],
    [{ unet: { act_fn: 'gelu' } }, /act_fn/],
    [
      { unet: { down_block_types: ['SkipDownBlock2D', 'DownBlock2D', 'DownBlock2D', 'DownBlock2D'] } },
      /blocks are of type SkipDownBlock2D/,
    ],
    [
      { unet: { up_block_types: ['UpBlock2D', 'AttnUpBlock2D', 'AttnUpBlock2D', 'UpBlock2D'] } },
      /attention at other levels on the way down/,
    ],
    [{ unet: { block_out_channels: [224, 448, 672] } }, /3 levels of channels, 4 types/],
    [{ unet: { block_out_channels: [224, 448, 600, 896] } }, /level of 600 channels, which is no multiple of 224/],
    [{ unet: { sample_size: [64, 32] } }, /64 x 32 is no square/],
    [{ unet: { downsample_type: 'resnet' } }, /residual blocks at some levels, by convolutions at others/],
    [{ unet: { attn_norm_num_groups: 16 } }, /attn_norm_num_groups differs/],
    [{ unet: { resnet_time_scale_shift: 'scale_shift', attn_norm_num_groups: null } }, /middle without a norm/],
    [{ unet: { freq_shift: 3 } }, /frequencyShift/],
    [{ unet: { in_channels: 6 } }, /as many channels as a latent has/],
    [{ vqvae: { norm_type: 'spatial' } }, /x\/vqvae .*norm_type/],
    [{ vqvae: { mid_block_add_attention: false } }, /mid_block_add_attention/],
    [{ vqvae: { _class_name: 'AutoencoderKL', use_quant_conv: false } }, /use_quant_conv/],
    [{ vqvae: { _class_name: 'AutoencoderKL', shift_factor: 0.1 } }, /shift_factor/],
    [{ scheduler: { prediction_type: 'sample' } }, /x\/scheduler .*prediction_type/],
    [{ scheduler: { beta_schedule: 'sigmoid' } }, /beta_schedule/],
    [{ scheduler: { rescale_betas_zero_snr: true } }, /rescale_betas_zero_snr/],
    [{ scheduler: { _class_name: 'FlowMatchEulerDiscreteScheduler' } }, /FlowMatchEulerDiscreteScheduler is none/],
    [{ unet: { _class_name: 'UNet2DConditionModel' } }, /x\/unet is a UNet2DConditionModel, conditioned/],
  ])('%j', (change, message) => {
    expect(() => recogniseDiffusers('x', celeba(change))).toThrow(message);
    expect(() => recogniseDiffusers('x', celeba(change))).toThrow(UserError);
  });

  test('no model, two of a kind', () => {
    expect(() => recogniseDiffusers('x', { components: { a: { config: { _class_name: 'CLIPTextModel' } } } })).toThrow(
      /no model known here.*CLIPTextModel/,
    );
    const two = { a: { config: celebaUNet, tensors: anything }, b: { config: celebaUNet, tensors: anything } };
    expect(() => recogniseDiffusers('x', { components: two })).toThrow(/several models of a kind: x\/a, x\/b/);
  });
});

describe('parts that are not there', () => {
  const modelIndex = {
    _class_name: 'LDMPipeline',
    unet: ['diffusers', 'UNet2DModel'],
    vqvae: ['diffusers', 'VQModel'],
    scheduler: ['diffusers', 'DDIMScheduler'],
    bert: [null, null],
  };
  test('are told from the index, and from files without weights', async () => {
    const { unet, vqvae, scheduler } = celeba().components;
    const found = recogniseDiffusers('x', { modelIndex, components: { unet, scheduler } });
    expect([found.config.kind, found.missing[0]]).toEqual(['pixel', 'first stage']);
    await expect(found.load()).rejects.toThrow(/the first stage is not in it/);
    expect(recogniseDiffusers('x', { modelIndex, components: { unet, vqvae } }).missing[0]).toBe('scheduler');
    const { tensors, ...empty } = vqvae;
    expect(recogniseDiffusers('x', { modelIndex, components: { unet, vqvae: empty, scheduler } }).missing[0]).toBe('first stage');
  });
});

const latent = latentPriorSchema.parse({
  name: 'latent',
  firstStage: { ...tinyFirstStage, embedDim: 3, attnResolutions: [8] },
  unet: { ...tinyUNet, inChannels: 3, outChannels: 3, modelChannels: 8, normGroups: 4 },
  schedule: { stepsOffset: 1, prediction: 'v' },
  scaleFactor: 0.5,
});
const { unet, firstStage, schedule } = latent;

describe('there and back is the same model', () => {
  test.each<[string, unknown]>([
    ['latent', latent],
    ['latent, KL', { ...latent, firstStage: { ...firstStage, kind: 'kl', nEmbed: undefined, zChannels: 3 } }],
    ['first stage alone', { kind: 'first-stage', name: 'f', firstStage }],
    ['pixel', { kind: 'pixel', name: 'p', unet: { ...unet, outChannels: 6 }, schedule: { ...schedule, stepsOffset: undefined } }],
    [
      'pixel, as google/ddpm',
      {
        kind: 'pixel',
        name: 'p',
        unet: { ...unet, headChannels: undefined, numHeads: 1, frequencyShift: 1, downsamplePadding: 'end', normEps: 1e-6 },
      },
    ],
    [
      'pixel, blocks',
      { kind: 'pixel', name: 'p', unet: { ...unet, scaleShiftNorm: true, resblockUpdown: true, attentionResolutions: [] } },
    ],
    ['pixel, a list of betas', { kind: 'pixel', name: 'p', unet, schedule: { kind: 'betas', levels: 2, betas: [0.1, 0.3] } }],
  ])('%s', async (_, input) => {
    const config: PriorConfig = priorSchema.parse(input);
    const weights = initialise(priorSpecs(config), new Random(2));
    const { modelIndex, components } = writeDiffusers(config, weights);
    const read = Object.fromEntries(
      Object.entries(components).map(([name, { config, tensors }]) => [
        name,
        { config: JSON.parse(JSON.stringify(config)), ...(tensors && { tensors: stored(tensors) }) },
      ]),
    );
    const found = recogniseDiffusers(config.name, { modelIndex, components: read });
    const recorded = 'schedule' in config && config.schedule.kind === 'betas' ? { betaStart: 0.0015, betaEnd: 0.0195 } : {};
    expect(found.config).toEqual('schedule' in config ? { ...config, schedule: { ...config.schedule, ...recorded } } : config);
    expect([found.missing, found.ignored]).toEqual([[], []]);
    expect(await found.load()).toEqual(weights);
  });

  test('a tensor missing, too many or misshapen is named', async () => {
    const weights = initialise(priorSpecs(latent), new Random(2));
    const refusal = (change: (tensors: ReturnType<typeof stored>) => void) => {
      const { components } = writeDiffusers(latent, weights);
      const tensors = stored(components.unet.tensors!);
      change(tensors);
      const own = { unet: { ...components.unet, tensors }, vqvae: { ...components.vqvae, tensors: stored(components.vqvae.tensors!) } };
      return recogniseDiffusers('x', { components: own }).load();
    };
    const name = 'mid_block.attentions.0.to_k.weight';
    await expect(refusal((tensors) => tensors.delete(name))).rejects.toThrow(`lacks the tensor "unet.${name}" [16,16]`);
    await expect(refusal((tensors) => tensors.set('class_embedding.weight', tensors.get(name)!))).rejects.toThrow(
      '"unet.class_embedding.weight"',
    );
    await expect(refusal((tensors) => tensors.set(name, tensors.get('conv_in.bias')!))).rejects.toThrow(`"unet.${name}" has shape [8]`);
  });

  test('what diffusers does not have is refused', () => {
    const refuse = (change: object, message: RegExp) => {
      const config = priorSchema.parse({ kind: 'pixel', name: 'p', unet: { ...unet, ...change } });
      expect(() => writeDiffusers(config, initialise(priorSpecs(config), new Random(0)))).toThrow(message);
    };
    refuse({ convResample: false }, /changes sizes without convolutions/);
    refuse({ headChannels: undefined, numHeads: 2, attentionResolutions: [1] }, /heads of other sizes/);
  });
});
