import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { initialise, type ParamSpec } from '../../nn/index.js';
import { UserError } from '../../tensor/errors.js';
import { Random } from '../../tensor/random.js';
import { mapTensor, type Shape, type Tensor, tensor } from '../../tensor/tensor.js';
import { firstStageSchema, unetSchema } from '../config.js';
import { priorParts, priorSpecs } from '../families/index.js';
import { latentPriorSchema } from '../families/latent.js';
import { pixelPriorSchema } from '../families/pixel.js';
import { firstStageSpecs } from '../first-stage.js';
import { ldmVq4 } from '../ldm-vq4.js';
import type { StoredTensor } from '../stored-tensor.js';
import { stored, unreadable } from '../testing/stored.js';
import { tinyFirstStage, tinyUNet } from '../testing/tiny-configs.js';
import { unetSpecs } from '../unet.js';
import { recogniseCheckpoint } from './checkpoint.js';

const shapes = (specs: readonly ParamSpec[], rename = (name: string) => name) =>
  specs.map(({ name, shape }): [string, Shape] => [rename(name), shape]);
const emaName = (name: string) => `model_ema.${name.slice('model.'.length).replaceAll('.', '')}`;

/** That these are its 573 names and shapes, ../parameters.test.ts checks. */
const ldm = { ...ldmVq4, name: 'ldm' };
const schedule = `alphas_cumprod alphas_cumprod_prev betas log_one_minus_alphas_cumprod posterior_log_variance_clipped posterior_mean_coef1
  posterior_mean_coef2 posterior_variance sqrt_alphas_cumprod sqrt_one_minus_alphas_cumprod sqrt_recip_alphas_cumprod sqrt_recipm1_alphas_cumprod`.split(
  /\s+/,
);

const small = latentPriorSchema.parse({
  name: 'small',
  firstStage: { ...tinyFirstStage, embedDim: 3, attnResolutions: [8], normGroups: 4 },
  unet: { ...tinyUNet, inChannels: 3, outChannels: 3, headChannels: 8, normGroups: 4 },
});
const weights = initialise(priorSpecs(small), new Random(0));
const conventions = { resolution: 16, headChannels: 8 };
/** As Lightning writes it: twice the raw weights for the moving average, to tell them apart. */
const lightning = (): Map<string, StoredTensor> => {
  const average = [...weights].flatMap(([name, w]) =>
    name.startsWith('model.') ? [[emaName(name), mapTensor(w, (v) => 2 * v)] as const] : [],
  );
  const betas: [string, Tensor] = ['betas', tensor([3], [0.1, 0.15, 0.2])];
  return stored([...weights, ...average, betas, ['model_ema.decay', tensor([], [0.9])]], (name) => `state_dict.${name}`);
};

describe('latent diffusion', () => {
  test('the 955 entries of LDM-VQ4, by names and shapes alone', async () => {
    const { unet, firstStage } = priorParts(ldm);
    const entries = [
      ...shapes(unet!, (name) => `state_dict.${name}`),
      ...shapes(unet!, (name) => `state_dict.${emaName(name)}`),
      ...['decay', 'num_updates'].map((name): [string, Shape] => [`state_dict.model_ema.${name}`, []]),
      ...shapes(firstStage!, (name) => `state_dict.${name}`),
      ...schedule.filter((name) => name !== 'betas').map((name): [string, Shape] => [`state_dict.${name}`, [1000]]),
    ];
    const betas = tensor(
      [1000],
      Float64Array.from({ length: 1000 }, (_, t) => (0.0015 ** 0.5 + (t / 999) * (0.0195 ** 0.5 - 0.0015 ** 0.5)) ** 2),
    );
    const file = new Map([...unreadable(entries), ...stored([['state_dict.betas', betas]])]);
    expect(file.size).toBe(955);
    const found = await recogniseCheckpoint('ldm', file);
    expect(found.config).toEqual(ldm);
    expect(found.layout).toBe('compvis');
    expect(found.parameters).toEqual({ unet: 274_056_163, 'first stage': 55_322_782 });
    expect([found.sets, found.missing]).toEqual([['raw', 'ema'], []]);
    expect(found.ignored).toHaveLength(14);
  });

  test('the moving average is the default, raw weights can be had; the schedule is that of its betas', async () => {
    const found = await recogniseCheckpoint('small', lightning(), conventions);
    expect(found.config).toEqual({ ...small, schedule: { ...small.schedule, kind: 'linear', levels: 3, betaStart: 0.1, betaEnd: 0.2 } });
    const name = 'model.diffusion_model.input_blocks.2.0.op.weight';
    const progress: number[] = [];
    const [average, raw] = [await found.load(undefined, (done) => progress.push(done)), await found.load('raw')];
    expect(progress).toEqual(Array.from(weights, (_, i) => i + 1));
    expect(raw).toEqual(weights);
    expect([...average.keys()]).toEqual([...weights.keys()]);
    expect(average.get(name)).toEqual(mapTensor(weights.get(name)!, (v) => 2 * v));
  });

  test('one set alone will do, and the other is refused', async () => {
    const only = (pattern: RegExp) => new Map([...lightning()].filter(([name]) => pattern.test(name)));
    const ema = await recogniseCheckpoint('small', only(/model_ema|first_stage/), conventions);
    expect([ema.sets, (await ema.load()).size]).toEqual([['ema'], weights.size]);
    await expect(ema.load('raw')).rejects.toThrow(/does not hold the raw weights/);
    const raw = await recogniseCheckpoint('small', only(/(state_dict.model\.|first_stage)/), conventions);
    expect([raw.sets, await raw.load()]).toEqual([['raw'], weights]);
  });

  test('a latent scale is kept, the two parts also alone', async () => {
    const scaled = await recogniseCheckpoint(
      'small',
      new Map([...stored(weights), ...stored([['scale_factor', tensor([], [0.18215])]])]),
      conventions,
    );
    expect(scaled.config).toEqual({ ...small, scaleFactor: 0.18215 });
    const part = (prefix: string) => stored([...weights].filter(([name]) => name.startsWith(prefix)));
    const unet = await recogniseCheckpoint('small', part('model.'), conventions);
    expect(unet.missing).toEqual(['first stage']);
    await expect(unet.load()).rejects.toThrow(/the first stage is not in it/);
    const firstStage = await recogniseCheckpoint('small', part('first_stage_model.'), conventions);
    expect(firstStage.config).toEqual({ kind: 'first-stage', name: 'small', firstStage: small.firstStage });
    expect((await firstStage.load()).size).toBe(firstStageSpecs(small.firstStage).length);
  });
});

describe('strict, naming the tensor, before anything is read', () => {
  /** Recognise and load the small checkpoint with something wrong; nothing in it can be read. */
  async function refusal(change: (file: Map<string, StoredTensor>) => void): Promise<string> {
    const file = unreadable([...weights].map(([name, w]) => [name, w.shape] as const));
    change(file);
    return recogniseCheckpoint('small', file, conventions)
      .then((found) => found.load())
      .then(() => 'no refusal')
      .catch((error: unknown) => {
        expect(error).toBeInstanceOf(UserError);
        return (error as Error).message;
      });
  }

  test('each tensor missing', async () => {
    for (const name of weights.keys()) expect(await refusal((file) => file.delete(name))).toContain(`lacks the tensor "${name}"`);
  });

  test('any tensor misshapen', async () => {
    // Those that tell the architecture make the others misshapen; every other one is named itself.
    for (const name of [
      'model.diffusion_model.out.0.bias',
      'first_stage_model.decoder.mid.attn_1.q.weight',
      'first_stage_model.quant_conv.bias',
    ])
      expect(await refusal((file) => file.set(name, { ...file.get(name)!, shape: [9] }))).toContain(`"${name}" has shape [9]`);
  });

  test.each(['extra', 'model.diffusion_model.out.3.bias', 'first_stage_model.quantize.proj.weight', 'model_ema.diffusion_modelextra'])(
    'a tensor too many: %s',
    async (name) => {
      expect(await refusal((file) => file.set(name, file.get('model.diffusion_model.out.0.bias')!))).toContain(`"${name}"`);
    },
  );

  test('what is missing is listed without loading', async () => {
    const file = stored(weights);
    file.delete('model.diffusion_model.out.0.bias');
    expect((await recogniseCheckpoint('small', file, conventions)).missing).toEqual(['model.diffusion_model.out.0.bias']);
  });
});

describe('a first stage alone', () => {
  const kl = firstStageSchema.parse({ ...small.firstStage, kind: 'kl', nEmbed: undefined });
  test.each([
    ['VQ with its discriminator', small.firstStage, ['loss.discriminator.main.0.weight', 'loss.perceptual_loss.lin0.model.1.weight']],
    ['KL', kl, ['loss.logvar']],
  ])('%s', async (_, config, extra) => {
    const made = initialise(firstStageSpecs(config), new Random(1));
    const file = new Map([...stored(made), ...unreadable(extra.map((name) => [name, [1]] as const))]);
    const found = await recogniseCheckpoint('first', file, { resolution: 16 });
    expect(found.config).toEqual({ kind: 'first-stage', name: 'first', firstStage: config });
    expect([found.ignored, found.sets]).toEqual([extra, ['raw']]);
    expect(await found.load()).toEqual(new Map([...made].map(([name, w]) => [`first_stage_model.${name}`, w])));
  });
});

describe('guided-diffusion', () => {
  const large = {
    inChannels: 3,
    outChannels: 6,
    channelMult: [1, 1, 2, 2, 4, 4],
    headChannels: 64,
    scaleShiftNorm: true,
    resblockUpdown: true,
    imageSize: 256,
  };
  // The counts are those of the PyTorch modules of test/reference with these options.
  test.each([
    ['ffhq_10m', { ...large, modelChannels: 128, numResBlocks: 1, attentionResolutions: [16] }, 93_563_910],
    ['256x256_diffusion_uncond', { ...large, modelChannels: 256, numResBlocks: 2, attentionResolutions: [8, 16, 32] }, 552_814_086],
  ])('%s, from names and shapes alone', async (name, unet, count) => {
    const config = pixelPriorSchema.parse({ kind: 'pixel', name, unet });
    const found = await recogniseCheckpoint(name, unreadable(shapes(unetSpecs(config.unet))));
    expect(found.config).toEqual(config);
    expect([found.layout, found.parameters, found.sets]).toEqual(['guided-diffusion', { unet: count }, ['raw']]);
  });

  test('every variant is told from shapes, heads and order being said', async () => {
    const variants = fc.record({
      inChannels: fc.integer({ min: 1, max: 3 }),
      learnedSigma: fc.boolean(),
      channelMult: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 0, maxLength: 3 }).map((more) => [1, ...more]),
      numResBlocks: fc.integer({ min: 1, max: 3 }),
      attention: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      scaleShiftNorm: fc.constantFrom(true, undefined),
      resample: fc.constantFrom({ resblockUpdown: true }, { convResample: false }, {}),
    });
    await fc.assert(
      fc.asyncProperty(variants, async ({ attention, learnedSigma, resample, ...rest }) => {
        const levels = rest.channelMult.length;
        const unet = unetSchema.parse({
          ...rest,
          ...(levels > 1 && resample),
          outChannels: rest.inChannels * (learnedSigma ? 2 : 1),
          modelChannels: 4,
          attentionResolutions: attention.slice(0, levels).flatMap((has, l) => (has ? [2 ** l] : [])),
          numHeads: 2,
          attentionOrder: 'split',
          normGroups: 4,
          imageSize: 32,
        });
        const file = unreadable(shapes(unetSpecs(unet), (name) => `model.${name}`));
        const found = await recogniseCheckpoint('any', file, { resolution: 32, numHeads: 2, attentionOrder: 'split' });
        expect(found.config).toEqual(pixelPriorSchema.parse({ kind: 'pixel', name: 'any', unet }));
      }),
      { numRuns: 25 },
    );
  });
});

describe('what is no prior is refused by its reason', () => {
  const refused = (names: readonly string[]) => recogniseCheckpoint('file', unreadable(names.map((name) => [name, [1]] as const)));
  test.each([
    [['time_embed.0.weight', 'label_emb.weight'], /conditioned on class labels/],
    [['model.diffusion_model.input_blocks.1.1.transformer_blocks.0.norm1.weight'], /conditioned on text/],
    [['a.time_embed.0.weight', 'b.time_embed.0.weight'], /several models, under "a\.", "b\."/],
    [['down_blocks.0.resnets.0.norm1.weight'], /names of diffusers.*config\.json/],
    [['conv1.weight'], /no model known here; its tensors begin with "conv1\.weight"/],
    [[], /begin with none/],
    [['time_embed.0.weight'], /do not make up levels/],
  ])('%j', async (names, message) => {
    await expect(refused(names)).rejects.toThrow(message);
    await expect(refused(names)).rejects.toBeInstanceOf(UserError);
  });
});
