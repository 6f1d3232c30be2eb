import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareChoice } from '../../experiments/node/run.js';
import { initialise } from '../../nn/index.js';
import { Random } from '../../tensor/random.js';
import { type Shape, sizeOf, type Tensor, tensor } from '../../tensor/tensor.js';
import { type PriorConfig, priorSchema, priorSpecs, writeAs, writeSafetensors } from '../index.js';
import { formatHeader } from '../safetensors-header.js';
import { tinyFirstStage, tinyUNet } from '../testing/tiny-configs.js';
import { convertPrior } from './convert-prior.js';
import { hubSettings } from './hub/settings.js';
import { FakeHub } from './hub/testing/fake-hub.js';
import { loadLatentPrior, loadPrior, readPrior } from './index.js';
import { formatPriorDescription, inspectPrior } from './inspect-prior.js';

/** A small latent diffusion model as Lightning saves one; see fixtures/make_checkpoint.py. */
const checkpoint = fileURLToPath(new URL('fixtures/lightning.ckpt', import.meta.url));
const parsed = (config: unknown): PriorConfig => priorSchema.parse(config);

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posteriori-priors-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const complaint = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing',
    (error) => `${error.name}: ${error.message}`,
  );
const bytes = (path: string) => readFile(path);
const hash = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest('hex');

/** Largest difference relative to half precision's own error: at most 1 when each number is the nearest half. */
function inHalfUlps(a: ReadonlyMap<string, Tensor>, b: ReadonlyMap<string, Tensor>): number {
  expect([...a.keys()].sort()).toEqual([...b.keys()].sort());
  let worst = 0;
  for (const [name, { data }] of a)
    data.forEach((x, i) => {
      const allowed = Math.max(2 ** -25, Math.abs(x) * 2 ** -11);
      worst = Math.max(worst, Math.abs(x - b.get(name)!.data[i]) / allowed);
    });
  return worst;
}

describe('convert', () => {
  test.each([
    ['posteriori', 'ours'],
    ['diffusers', 'theirs'],
    ['compvis', 'compvis.safetensors'],
  ] as const)('from a .ckpt to %s: the same numbers and configuration, in halves the nearest', async (layout, name) => {
    const original = await readPrior(checkpoint);
    const notices: string[] = [];
    await convertPrior(checkpoint, at(name), { layout, onNotice: (notice) => notices.push(notice) });
    const converted = await readPrior(at(name));
    expect(converted.weights).toEqual(original.weights);
    expect({ ...converted.config, name: '' }).toEqual({ ...original.config, name: '' });
    expect(notices).toEqual([]);
    const half = `half-${name}`;
    await convertPrior(at(name), at(half), { layout, dtype: 'f16' });
    const halves = await readPrior(at(half));
    const worst = inHalfUlps(original.weights, halves.weights);
    expect(worst).toBeGreaterThan(0.5);
    expect(worst).toBeLessThanOrEqual(1);
    expect(halves.config.schedule).toEqual(original.config.schedule);
    // and there and back again
    await convertPrior(at(half), at(`again-${layout}`), {});
    expect((await readPrior(at(`again-${layout}`))).weights).toEqual(halves.weights);
  });

  test('takes the moving average, or the raw weights when told to', async () => {
    await convertPrior(checkpoint, at('average'));
    await convertPrior(checkpoint, at('raw'), { weights: 'raw' });
    const [average, raw] = [await readPrior(at('average')), await readPrior(at('raw'))];
    const differ = [...raw.weights].filter(([name, { data }]) => data.some((x, i) => x !== average.weights.get(name)!.data[i]));
    expect(differ.length).toBeGreaterThan(50);
    expect(differ.every(([name]) => name.startsWith('model.diffusion_model.'))).toBe(true);
    expect(await complaint(convertPrior(at('raw'), at('none'), { weights: 'ema' }))).toMatch(
      /^UserError: .*raw does not hold the moving average/,
    );
  });

  test('what names and shapes cannot say stands in the metadata of a file without a configuration', async () => {
    const { config, weights } = await readPrior(checkpoint);
    const odd = { ...config, unet: { ...config.unet, headChannels: 2, normGroups: 1 }, scaleFactor: 0.7 };
    await mkdir(at('odd'));
    await writeFile(at('odd', 'config.json'), JSON.stringify(odd));
    await writeFile(at('odd', 'model.safetensors'), writeSafetensors(weights));
    await convertPrior(at('odd'), at('odd.safetensors'), { layout: 'compvis' });
    const told = await readPrior(at('odd.safetensors'));
    expect({ ...told.config, name: '' }).toEqual({ ...odd, name: '' });
    expect((await inspectPrior(at('odd.safetensors'))).assumed).toEqual([]);

    // without it the usual is assumed, and inspect lists what
    await writeFile(at('bare.safetensors'), writeSafetensors(writeAs('compvis', odd, weights)));
    const bare = await inspectPrior(at('bare.safetensors'));
    expect(bare.assumed.join('; ')).toMatch(
      /images of 256 x 256; attention heads of 4 channels; .*groups of the norms \(UNet \d+, first stage \d+\)/,
    );
    expect(formatPriorDescription(bare)).toMatch(/^assumed .*heads of 4 channels/m);
    const said = await inspectPrior(at('bare.safetensors'), { conventions: { headChannels: 2, resolution: 64 } });
    expect(said.assumed.join('; ')).not.toMatch(/256|heads of/);

    const lying = writeSafetensors(writeAs('compvis', odd, weights), {
      metadata: { 'posteriori.config': JSON.stringify({ ...odd, unet: { ...odd.unet, numResBlocks: 2 } }) },
    });
    await writeFile(at('lying.safetensors'), lying);
    expect(await complaint(readPrior(at('lying.safetensors')))).toMatch(/metadata of .*lying.*other names or shapes/);
  });

  test('does not overwrite unless told to, and then takes the place of the prior that was there', async () => {
    await convertPrior(checkpoint, at('place'), { layout: 'diffusers' });
    await writeFile(at('place', 'card.md'), 'mine');
    expect(await complaint(convertPrior(checkpoint, at('place')))).toMatch(/is there already.*--force/);
    await convertPrior(at('place'), at('place'), { force: true, dtype: 'f16' });
    expect((await readdir(at('place'), { recursive: true })).filter((path) => /\./.test(path)).sort()).toEqual([
      'card.md',
      'config.json',
      'model.safetensors',
    ]);
    await mkdir(at('not-a-prior'));
    await writeFile(at('not-a-prior', 'thesis.txt'), 'mine');
    expect(await complaint(convertPrior(checkpoint, at('not-a-prior'), { force: true }))).toMatch(/folder without a prior/);
    expect(await readdir(at('not-a-prior'))).toEqual(['thesis.txt']);
  });

  test('that fails or is stopped leaves what was there before', async () => {
    const { config, weights } = await readPrior(checkpoint);
    const huge = new Map(weights).set('first_stage_model.decoder.conv_out.bias', tensor([1], [1e6]));
    await mkdir(at('huge'));
    await writeFile(at('huge', 'config.json'), JSON.stringify(config));
    await writeFile(at('huge', 'model.safetensors'), writeSafetensors(huge));
    for (const [layout, out] of [
      ['posteriori', 'no'],
      ['compvis', 'no.safetensors'],
    ] as const) {
      expect(await complaint(convertPrior(at('huge'), at(out), { layout, dtype: 'f16' }))).toMatch(/UserError: .*conv_out\.bias.*65504/);
      const controller = new AbortController();
      const onStep = (stage: string, done: number) => {
        if (stage === 'writing' && done > 300) controller.abort();
      };
      expect(await complaint(convertPrior(checkpoint, at(out), { layout, signal: controller.signal, onStep }))).toMatch(/^AbortError/);
    }
    expect((await readdir(folder)).filter((name) => /^\.?no\b/.test(name))).toEqual([]);
    await convertPrior(checkpoint, at('kept'));
    const before = hash(await bytes(at('kept', 'model.safetensors')));
    expect(await complaint(convertPrior(at('huge'), at('kept'), { dtype: 'f16', force: true }))).toMatch(/65504/);
    expect(hash(await bytes(at('kept', 'model.safetensors')))).toBe(before);
    expect((await readdir(at('kept'))).sort()).toEqual(['config.json', 'model.safetensors']);
  });
});

describe('a prior can be given as', () => {
  test('a checkpoint: its hash is that of the file', async () => {
    const { name, path, sha256, prior } = await loadLatentPrior(checkpoint);
    expect({ name, path, sha256 }).toEqual({ name: 'lightning', path: checkpoint, sha256: hash(await bytes(checkpoint)) });
    expect(prior.imageShape).toEqual([1, 256, 256]);
  });

  test('a folder of ours, or the weights in it: the hash is of configuration and weights', async () => {
    await convertPrior(checkpoint, at('given'));
    const parts = await Promise.all(['config.json', 'model.safetensors'].map((file) => bytes(at('given', file))));
    for (const given of [at('given'), at('given', 'model.safetensors')])
      expect(await readPrior(given)).toMatchObject({ path: given, sha256: hash(...parts), name: 'lightning' });
  });

  test('an embedded name', async () => {
    expect(await inspectPrior('ct')).toMatchObject({ path: 'ct', layout: 'posteriori', kind: 'latent', image: [1, 256, 256] });
    expect(await inspectPrior('ct-pixel')).toMatchObject({ kind: 'denoiser', image: [1], missing: [] });
  });

  test('a repository of the hub, which is pulled once; the manifest can find it again by its commit', async () => {
    await convertPrior(checkpoint, at('pushed'), { layout: 'diffusers' });
    const files: Record<string, Uint8Array> = { 'README.md': Buffer.from('card') };
    for (const path of await readdir(at('pushed'), { recursive: true }))
      if (/\./.test(path)) files[path.replaceAll('\\', '/')] = await bytes(at('pushed', path));
    const hub = await FakeHub.start(files);
    const settings = hubSettings({ HF_ENDPOINT: hub.endpoint, POSTERIORI_CACHE: at('cache') });
    try {
      const notices: string[] = [];
      const first = await readPrior('hf:someone/prior', { settings, onNotice: (notice) => notices.push(notice) });
      expect(first).toMatchObject({ path: `hf:someone/prior@${hub.commit}`, name: 'someone/prior' });
      expect(first.weights).toEqual((await readPrior(checkpoint)).weights);
      expect(notices.join()).toMatch(/Loading hf:someone\/prior/);
      const asked = hub.seen.length;
      expect((await readPrior(first.path, { settings })).sha256).toBe(first.sha256);
      expect(hub.seen).toHaveLength(asked);
      const stage = await inspectPrior('hf:someone/prior/vqvae', { settings });
      expect(stage).toMatchObject({ kind: 'first-stage', layout: 'diffusers', parameters: { 'first stage': 3980 } });
    } finally {
      await hub.stop();
    }
  });
});

describe('broken weights are refused by the name of their tensor', () => {
  test.each([
    ['first_stage_model.quantize.embedding.weight', Number.NaN],
    ['first_stage_model.encoder.conv_in.weight', Number.POSITIVE_INFINITY],
    ['model.diffusion_model.out.2.bias', Number.NEGATIVE_INFINITY],
  ])('one number of %s is %d', async (name, value) => {
    const { config, weights } = await readPrior(checkpoint);
    const data = weights.get(name)!.data.slice();
    data[data.length - 1] = value;
    const broken = new Map(weights).set(name, tensor(weights.get(name)!.shape, data));
    await mkdir(at('broken'), { recursive: true });
    await writeFile(at('broken', 'config.json'), JSON.stringify(config));
    for (const dtype of ['F32', 'F16', 'BF16'] as const) {
      await writeFile(at('broken', 'model.safetensors'), writeSafetensors(broken, { dtype }));
      expect(await complaint(loadPrior(at('broken')))).toMatch(
        new RegExp(`UserError: In .*"${name.replaceAll('.', '\\.')}" holds ${value} \\(1 of`),
      );
    }
    await writeFile(at('broken.safetensors'), writeSafetensors(writeAs('compvis', config, broken)));
    expect(await complaint(loadPrior(at('broken.safetensors')))).toContain(`"${name}" holds ${value}`);
  });
});

test.each([
  ['torch.compile', (name: string) => name.replace('model.diffusion_model.', 'model.diffusion_model._orig_mod.')],
  ['torch.compile of the whole', (name: string) => `_orig_mod.${name}`],
  ['a parallel trainer', (name: string) => `module.${name}`],
  ['both', (name: string) => name.replace('model.diffusion_model.', 'module.model.diffusion_model._orig_mod.')],
])('names wrapped by %s', async (_, wrap) => {
  const { config, weights } = await readPrior(checkpoint);
  const theirs = [...writeAs('compvis', config, weights)].map(([name, value]) => [wrap(name), value] as const);
  await writeFile(at('wrapped.safetensors'), writeSafetensors(new Map(theirs)));
  expect((await readPrior(at('wrapped.safetensors'))).weights).toEqual(weights);
});

describe('weights in several files', () => {
  const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
  let index: Record<string, string>;
  /** A prior of ours in two files, and its index as the test changes it. */
  async function shardedPrior(
    name: string,
    change: (index: Record<string, string>) => unknown = () => undefined,
  ): Promise<Map<string, Tensor>> {
    const { config, weights } = await readPrior(checkpoint);
    await mkdir(at(name), { recursive: true });
    const entries = [...weights];
    const half = entries.length >> 1;
    await writeFile(at(name, 'config.json'), JSON.stringify(config));
    await writeFile(at(name, shards[0]), writeSafetensors(new Map(entries.slice(0, half))));
    await writeFile(at(name, shards[1]), writeSafetensors(new Map(entries.slice(half))));
    index = Object.fromEntries(entries.map(([tensorName], i) => [tensorName, shards[i < half ? 0 : 1]]));
    change(index);
    await writeFile(at(name, 'model.safetensors.index.json'), JSON.stringify({ metadata: { total_size: 1 }, weight_map: index }));
    return new Map(weights);
  }

  test('open like one, as a folder or by their index; the hash is of all', async () => {
    const weights = await shardedPrior('sharded');
    const folderOf = await readPrior(at('sharded'));
    expect(folderOf.weights).toEqual(weights);
    expect((await readPrior(at('sharded', 'model.safetensors.index.json'))).weights).toEqual(weights);
    const all = await Promise.all(['config.json', 'model.safetensors.index.json', ...shards].map((file) => bytes(at('sharded', file))));
    expect(folderOf.sha256).toBe(hash(...all));
    expect((await inspectPrior(at('sharded'))).files.map(({ file }) => file)).toEqual([
      'config.json',
      'model.safetensors.index.json',
      ...shards,
    ]);
  });

  test.each<[string, (index: Record<string, string>) => unknown, RegExp]>([
    [
      'a file that is not there',
      (i) => Object.assign(i, { [Object.keys(i)[0]]: 'model-00003-of-00002.safetensors' }),
      /model-00003.*not beside it/,
    ],
    ['a file of another folder', (i) => Object.assign(i, { [Object.keys(i)[0]]: '../secret.safetensors' }), /secret.*not beside it/],
    ['a tensor in the wrong file', (i) => Object.assign(i, { [Object.keys(i)[0]]: shards[1] }), /which lacks it/],
    ['a tensor not listed', (i) => delete i[Object.keys(i)[0]], /does not have there/],
  ])('refuses %s', async (name, change, message) => {
    await shardedPrior(name, change);
    expect(await complaint(readPrior(at(name)))).toMatch(message);
  });

  test('refuses an index that is none', async () => {
    await shardedPrior('no-index');
    await writeFile(at('no-index', 'model.safetensors.index.json'), '{"weights": 3}');
    expect(await complaint(readPrior(at('no-index')))).toMatch(/UserError: .*is no index of weights: .*weight_map/);
  });
});

describe('kinds', () => {
  const { unet, firstStage } = latentConfig();
  const kinds = {
    pixel: parsed({ kind: 'pixel', name: 'pixels', unet: { ...unet, inChannels: 1, outChannels: 1, imageSize: 16 } }),
    stage: parsed({ kind: 'first-stage', name: 'stage', firstStage }),
  };
  beforeAll(async () => {
    for (const [name, config] of Object.entries(kinds)) {
      await mkdir(at(name));
      await writeFile(at(name, 'config.json'), JSON.stringify(config));
      await writeFile(at(name, 'model.safetensors'), writeSafetensors(initialise(priorSpecs(config), new Random(1))));
    }
  });
  const choice = (prior: string) => prepareChoice({ method: 'resample', prior, seed: 0, device: 'cpu' });

  test('a pixel prior loads, with the preset of its space; fine-tuning refuses it', async () => {
    expect((await loadPrior(at('pixel'))).prior).toMatchObject({ space: 'pixel', channels: 1 });
    expect(await choice(at('pixel'))).toMatchObject({ preset: 'pixel', loaded: { prior: { space: 'pixel' } } });
    const paper = prepareChoice({ method: 'resample', preset: 'paper', prior: at('pixel'), seed: 0, device: 'cpu' });
    expect(await complaint(paper)).toMatch(/UserError: .*preset "paper" is for latent priors.*Leave --preset out/);
    expect(await complaint(readPrior(at('pixel'), { use: 'Fine-tuning' }))).toMatch(/Fine-tuning needs a latent prior/);
  });

  test('a first stage alone, and half of a model, are none', async () => {
    expect(await complaint(choice(at('stage')))).toMatch(/stage is a first stage alone/);
    const { config, weights } = await readPrior(checkpoint);
    const half = [...writeAs('compvis', config, weights)].filter(([name]) => !name.startsWith('first_stage_model'));
    await writeFile(at('half.safetensors'), writeSafetensors(new Map(half)));
    expect(await complaint(choice(at('half.safetensors')))).toMatch(/half\.safetensors.*first stage is not in it/);
    expect(await inspectPrior(at('half.safetensors'))).toMatchObject({ missing: ['first stage'] });
  });

  test('a pixel prior goes to guided-diffusion and back', async () => {
    await convertPrior(at('pixel'), at('pixel.safetensors'), { layout: 'guided-diffusion' });
    await convertPrior(at('pixel.safetensors'), at('pixel-again'), { conventions: { resolution: 16, headChannels: 4 } });
    const [before, after] = await Promise.all(['pixel', 'pixel-again'].map((name) => bytes(at(name, 'model.safetensors'))));
    expect(Buffer.compare(before, after)).toBe(0);
  });
});

describe('inspect', () => {
  test('tells what is in a checkpoint, for programs and for people', async () => {
    const found = await inspectPrior(checkpoint);
    expect(found).toMatchObject({
      path: checkpoint,
      kind: 'latent',
      layout: 'compvis',
      image: [1, 256, 256],
      latent: [3, 128, 128],
      parameters: { unet: 5023, 'first stage': 3980 },
      sets: ['raw', 'ema'],
      missing: [],
      files: [{ file: 'lightning.ckpt', format: 'torch-zip', tensors: 378, dtypes: { F32: 377, I64: 1 } }],
      metadata: { epoch: '1', global_step: '7' },
      config: { schedule: { kind: 'scaled-linear', levels: 1000 } },
    });
    expect(found.ignored).toContain('state_dict.alphas_cumprod');
    const text = formatPriorDescription(found);
    for (const part of [
      'latent, vq first stage',
      'unet 5,023',
      'in all 9,003',
      'ema (the default) and raw',
      'beta 0.0015 to 0.0195',
      '378 tensors',
    ])
      expect(text).toContain(part);
  });

  test('a checkpoint of 2.4 GB costs no memory to speak of', async () => {
    const unet = { inChannels: 3, outChannels: 3, modelChannels: 224, channelMult: [1, 2, 3, 4], numResBlocks: 2 };
    const config = parsed({
      name: 'LDM-VQ4',
      firstStage: {
        ...tinyFirstStage,
        inChannels: 3,
        outChannels: 3,
        ch: 128,
        chMult: [1, 2, 4],
        numResBlocks: 2,
        zChannels: 3,
        embedDim: 3,
        nEmbed: 8192,
        resolution: 256,
        normGroups: undefined,
      },
      unet: { ...unet, attentionResolutions: [2, 4, 8], headChannels: 32, imageSize: 64 },
    });
    const shapes = new Map<string, { shape: Shape }>();
    for (const { name, shape } of priorSpecs(config)) {
      shapes.set(name, { shape });
      if (name.startsWith('model.')) shapes.set(`model_ema.${name.slice('model.'.length).replaceAll('.', '')}`, { shape });
    }
    const header = formatHeader(shapes, 'F32');
    const file = await open(at('large.safetensors'), 'w');
    await file.write(header);
    await file.truncate(header.length + 4 * [...shapes.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0)); // a hole: it takes no disk
    await file.close();
    const before = process.resourceUsage().maxRSS;
    const found = await inspectPrior(at('large.safetensors'));
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(150_000); // kB
    expect(found.parameters).toEqual({ unet: 274_056_163, 'first stage': 55_322_782 });
    expect(found.sets).toEqual(['raw', 'ema']);
    expect(found.files[0].bytes).toBeGreaterThan(2.4e9);
  });
});

function latentConfig() {
  const firstStage = { ...tinyFirstStage, chMult: [1, 1], zChannels: 3, embedDim: 3, nEmbed: 16, normGroups: 4 };
  const unet = { ...tinyUNet, inChannels: 3, outChannels: 3, channelMult: [1, 1], normGroups: 4, imageSize: undefined };
  return { firstStage, unet };
}
