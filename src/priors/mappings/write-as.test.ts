import { describe, expect, test } from 'vitest';
import { initialise } from '../../nn/index.js';
import { UserError } from '../../tensor/errors.js';
import { Random } from '../../tensor/random.js';
import { type PriorConfig, priorSchema, priorSpecs } from '../families/index.js';
import { latentPriorSchema } from '../families/latent.js';
import { stored } from '../testing/stored.js';
import { tinyFirstStage, tinyUNet } from '../testing/tiny-configs.js';
import { recogniseCheckpoint } from './checkpoint.js';
import { recogniseOwn } from './own.js';
import { writeAs } from './write-as.js';

const latent = latentPriorSchema.parse({
  name: 'prior',
  firstStage: { ...tinyFirstStage, kind: 'kl', embedDim: 3, normGroups: 4, nEmbed: undefined },
  unet: { ...tinyUNet, inChannels: 3, outChannels: 3, normGroups: 4 },
});
const firstStage = priorSchema.parse({ kind: 'first-stage', name: 'prior', firstStage: latent.firstStage });
const pixel = priorSchema.parse({ kind: 'pixel', name: 'prior', unet: { ...latent.unet, imageSize: 16, resblockUpdown: true } });
const weightsOf = (config: PriorConfig) => initialise(priorSpecs(config), new Random(4));
const conventions = { resolution: 16, headChannels: 4 };

describe('written as another layout and read again, a model is the same', () => {
  test.each<[string, 'compvis' | 'guided-diffusion', PriorConfig, string]>([
    ['latent', 'compvis', latent, 'model.diffusion_model.time_embed.0.weight'],
    ['first stage', 'compvis', firstStage, 'encoder.conv_in.weight'],
    ['pixel', 'guided-diffusion', pixel, 'input_blocks.2.0.in_layers.0.weight'],
  ])('%s', async (_, layout, config, name) => {
    const weights = weightsOf(config);
    const written = writeAs(layout, config, weights);
    expect(written.size).toBe(weights.size);
    expect(written.has(name)).toBe(true);
    const found = await recogniseCheckpoint('prior', stored(written), conventions);
    expect([found.layout, found.config]).toEqual([layout, config]);
    expect(await found.load()).toEqual(weights);
  });

  test('CompVis: a schedule or scale of its own goes with the weights', async () => {
    const config = { ...latent, scaleFactor: 0.943267, schedule: { ...latent.schedule, kind: 'squared-cosine' as const, levels: 100 } };
    const written = writeAs('compvis', config, weightsOf(latent));
    expect(written.size).toBe(weightsOf(latent).size + 2);
    expect((await recogniseCheckpoint('prior', stored(written), conventions)).config).toEqual(config);
  });

  test('ours: the same names, strict too', async () => {
    const weights = weightsOf(latent);
    const written = writeAs('posteriori', latent, weights);
    expect(written).toEqual(weights);
    const found = recogniseOwn('folder', JSON.parse(JSON.stringify(latent)), stored(written));
    expect([found.layout, found.config, found.missing, found.sets]).toEqual(['posteriori', latent, [], ['raw']]);
    expect(await found.load()).toEqual(weights);
    const { kind, ...old } = latent;
    expect(recogniseOwn('folder', old, stored(written)).config).toEqual(latent);
    await expect(recogniseOwn('folder', latent, stored([...written, ['x', weights.values().next().value!]])).load()).rejects.toThrow('"x"');
    expect(() => recogniseOwn('folder', { ...latent, unet: {} }, stored(written))).toThrow(
      /config\.json of folder is no configuration of a prior: .*unet/,
    );
  });

  test('diffusers: names begin with the component', () => {
    const config = { ...latent, firstStage: { ...latent.firstStage, zChannels: 3 } };
    const names = [...writeAs('diffusers', config, weightsOf(config)).keys()];
    expect(new Set(names.map((name) => name.split('.')[0]))).toEqual(new Set(['unet', 'vae']));
    expect(names).toContain('vae.decoder.up_blocks.1.resnets.0.conv_shortcut.weight');
  });
});

describe('refused', () => {
  test.each<[string, Parameters<typeof writeAs>[0], PriorConfig, RegExp]>([
    [
      'a latent prior as guided-diffusion',
      'guided-diffusion',
      latent,
      /cannot express a diffusion model with a first stage; posteriori, compvis, and diffusers can/,
    ],
    ['a pixel prior as CompVis', 'compvis', pixel, /without a first stage; posteriori, guided-diffusion, and diffusers can/],
    ['another norm', 'compvis', { ...latent, unet: { ...latent.unet, normEps: 1e-6 } }, /normEps 0.000001/],
    ['another padding', 'compvis', { ...latent, unet: { ...latent.unet, downsamplePadding: 'end' } }, /pad at the end/],
    ['other frequencies', 'compvis', { ...latent, unet: { ...latent.unet, frequencyShift: 1 } }, /frequencyShift 1/],
    ['latents narrower than the code as AutoencoderKL', 'diffusers', latent, /KL first stage whose latents/],
  ])('%s', (_, layout, config, message) => {
    expect(() => writeAs(layout, config, weightsOf(config))).toThrow(message);
    expect(() => writeAs(layout, config, weightsOf(config))).toThrow(UserError);
  });

  test('weights that do not fit the configuration', () => {
    const weights = weightsOf(latent);
    weights.delete('first_stage_model.quant_conv.bias');
    expect(() => writeAs('compvis', latent, weights)).toThrow('"first_stage_model.quant_conv.bias"');
  });
});
