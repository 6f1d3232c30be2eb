import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { input } from '../../graph/index.js';
import { denoiserPrior, denoiserPriorSchema, latentPrior, latentPriorSchema, readSafetensors } from '../../priors/index.js';
import { tinyFirstStage, tinyUNet } from '../../priors/testing/tiny-configs.js';
import { createNodeRuntime } from '../../runtime/node/index.js';
import { tensor } from '../../tensor/tensor.js';
import { type DenoiserTrainConfig, denoiserTrainSchema, type TrainConfig, trainSchema } from '../config.js';
import { readTrainConfig, type TrainProgress, train } from './train.js';

const root = await mkdtemp(join(tmpdir(), 'posteriori-train-'));
const runtime = await createNodeRuntime({ threads: 1 });
afterAll(async () => {
  await runtime.dispose();
  await rm(root, { recursive: true, force: true });
});

function tiny(name: string): TrainConfig {
  return trainSchema.parse({
    prior: {
      name: 'tiny',
      firstStage: { ...tinyFirstStage, nEmbed: 32, resolution: 32 },
      unet: { ...tinyUNet, modelChannels: 8, headChannels: 8, normGroups: 4, imageSize: 16 },
    },
    seed: 0,
    work: join(root, name, 'work'),
    out: join(root, name, 'out'),
    data: { kind: 'ct-phantoms' },
    firstStage: {
      phases: [
        { steps: 12, batch: 2, crop: 16 },
        { steps: 4, batch: 1, crop: 32 },
      ],
      learningRate: 0.005,
      warmup: 2,
      pool: 6,
      fresh: 1,
      reviveEvery: 4,
      codebook: { images: 3, passes: 2 },
    },
    diffusion: { steps: 8, batch: 2, learningRate: 0.003, warmup: 2, pool: 6, fresh: 1 },
    picturesEvery: 1000,
  });
}

/** Run a training, leaving it after `stopAfter` yields as often as it takes. */
async function runAll(config: TrainConfig, stopAfter = Number.POSITIVE_INFINITY): Promise<number[]> {
  const losses: number[] = [];
  for (let finished = false; !finished; ) {
    finished = true;
    let yields = 0;
    for await (const { losses: of } of train(config, { runtime })) {
      losses.push(of.loss);
      if (++yields === stopAfter) {
        finished = false;
        break;
      }
    }
  }
  return losses;
}

test('a training that is stopped again and again goes the same way as one that is not, to the bit', async () => {
  const whole = await runAll(tiny('whole'));
  expect(whole).toHaveLength(24);
  expect(whole[15]).toBeLessThan(whole[0]);
  expect(await runAll(tiny('broken'), 7)).toEqual(whole);
  const weights = (name: string) => readFile(join(root, name, 'out', 'model.safetensors'));
  expect((await weights('broken')).equals(await weights('whole'))).toBe(true);
}, 170_000);

test('the finished prior opens, and its pictures are there', async () => {
  const folder = join(root, 'whole');
  const config = latentPriorSchema.parse(JSON.parse(await readFile(join(folder, 'out', 'config.json'), 'utf8')));
  expect(config.scaleFactor).toBeGreaterThan(0);
  const { tensors } = readSafetensors(await readFile(join(folder, 'out', 'model.safetensors')));
  const prior = latentPrior(config, tensors);
  const compiled = await runtime.compile({ x: prior.decode(input('z', [1, ...prior.latentShape])) });
  const { x } = await compiled.run({ z: tensor([1, ...prior.latentShape]) });
  expect(x.data.every(Number.isFinite)).toBe(true);
  for (const name of ['first-stage-000016.png', 'diffusion-000008.png'])
    expect((await readFile(join(folder, 'work', name))).subarray(1, 4).toString()).toBe('PNG');
});

test('a checkpoint of another configuration is refused', async () => {
  const other = tiny('whole');
  const changed = { ...other, firstStage: { ...other.firstStage, learningRate: 0.1 } };
  await expect(runAll(changed)).rejects.toThrow(/another configuration.*remove/);
});

test('a finished prior replaces its own earlier one, no other without force, and never the one it started from', async () => {
  const out = join(root, 'whole', 'out');
  const weights = () => readFile(join(out, 'model.safetensors'));
  const before = await weights();
  const elsewhere = { ...tiny('whole'), work: join(root, 'elsewhere') };
  await expect(runAll(elsewhere)).rejects.toThrow(/model\.safetensors is there already, and no earlier run wrote it.*--force/);
  const from = {
    config: latentPriorSchema.parse(JSON.parse(await readFile(join(out, 'config.json'), 'utf8'))),
    weights: readSafetensors(before).tensors,
    sha256: 'whole',
    path: out,
  };
  await expect(train(elsewhere, { runtime, from, force: true }).next()).rejects.toThrow(/is an input of this run/);
  expect((await weights()).equals(before)).toBe(true);
  await runAll(tiny('whole')); // its own
});

test('a bad configuration is named', async () => {
  await expect(readTrainConfig(join(root, 'none.json'))).rejects.toThrow(/Cannot read.*none\.json/);
});

describe('fine-tuning', () => {
  async function starting() {
    const folder = join(root, 'whole', 'out');
    const config = latentPriorSchema.parse(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')));
    const { tensors: weights } = readSafetensors(await readFile(join(folder, 'model.safetensors')));
    return { config, weights, sha256: 'whole' };
  }
  const frozen = (name: string): TrainConfig => {
    const config = tiny(name);
    return { ...config, firstStage: { ...config.firstStage, phases: [] } };
  };
  const finish = async (config: TrainConfig, from?: Awaited<ReturnType<typeof starting>>) => {
    const steps: TrainProgress[] = [];
    for await (const step of train(config, { runtime, from })) steps.push(step);
    const { tensors } = readSafetensors(await readFile(join(config.out, 'model.safetensors')));
    return { steps, tensors, made: JSON.parse(await readFile(join(config.out, 'config.json'), 'utf8')) };
  };

  test('with a frozen first stage its weights and scale stay, and the diffusion model goes on from where it was', async () => {
    const from = await starting();
    const { steps, tensors, made } = await finish(frozen('frozen'), from);
    expect(new Set(steps.map((s) => s.stage))).toEqual(new Set(['diffusion']));
    expect(made.scaleFactor).toBe(from.config.scaleFactor);
    let moved = 0;
    for (const [name, { data }] of from.weights) {
      const same = tensors.get(name)!.data.every((v, i) => v === data[i]);
      if (name.startsWith('first_stage_model.')) expect(same, name).toBe(true);
      else if (!same) moved++;
    }
    expect(moved).toBeGreaterThan(10);
  });

  test('both stages start from the weights of the prior, not from random ones', async () => {
    const from = await starting();
    const [scratch] = (await finish(tiny('scratch'))).steps;
    const { steps, tensors } = await finish({ ...tiny('both'), seed: 0 }, from);
    expect(steps).toHaveLength(24);
    expect(steps[0].losses.l1).toBeLessThan(scratch.losses.l1);
    expect([...from.weights].some(([name, { data }]) => tensors.get(name)!.data.some((v, i) => v !== data[i]))).toBe(true);
  });

  test('nothing to freeze, weights that do not fit and a checkpoint of another start are refused', async () => {
    await expect(finish(frozen('nothing'))).rejects.toThrow(/no prior to take the first stage from/);
    const from = await starting();
    const weights = new Map(from.weights);
    weights.set('first_stage_model.quant_conv.weight', tensor([1, 1, 1, 1]));
    await expect(finish(frozen('misfit'), { ...from, weights })).rejects.toThrow(/quant_conv\.weight/);
    await expect(finish(frozen('frozen'), { ...from, sha256: 'other' })).rejects.toThrow(/another configuration/);
  });
});

test('data of other channels than the first stage are refused', async () => {
  const config = { ...tiny('channels'), data: { kind: 'photographs' } } as TrainConfig;
  await expect(runAll(config)).rejects.toThrow(/photographs have 3 channels, the prior 1/);
});

describe('a denoiser of images', () => {
  const small = (name: string, edit: object = {}): DenoiserTrainConfig =>
    denoiserTrainSchema.parse({
      prior: {
        kind: 'denoiser',
        name: 'small',
        denoiser: { channels: 1, widths: [4, 6], blocks: [1, 1], embedding: 8, sigmaData: 0.5, sigmaMin: 0.01, sigmaMax: 2, normGroups: 2 },
      },
      seed: 1,
      work: join(root, name, 'work'),
      out: join(root, name, 'out'),
      data: { kind: 'ct-phantoms' },
      side: 32,
      denoiser: { steps: 60, batch: 4, crop: 16, learningRate: 0.01, warmup: 2, pool: 6, fresh: 1, ...edit },
    });
  const finish = async (
    config: DenoiserTrainConfig,
    from?: { config: DenoiserTrainConfig['prior']; weights: Map<string, ReturnType<typeof tensor>>; sha256: string },
  ) => {
    const losses: number[] = [];
    for await (const { losses: at, stage } of train(config, { runtime, from })) {
      expect(stage).toBe('denoiser');
      losses.push(at.loss);
    }
    return losses;
  };
  const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;

  test('learns, is written as a prior that opens, and is gone on from', async () => {
    const losses = await finish(small('denoiser'));
    expect(losses).toHaveLength(60);
    expect(mean(losses.slice(-8))).toBeLessThan(0.8 * mean(losses.slice(0, 4)));
    const out = join(root, 'denoiser', 'out');
    const config = denoiserPriorSchema.parse(JSON.parse(await readFile(join(out, 'config.json'), 'utf8')));
    const { tensors: weights } = readSafetensors(await readFile(join(out, 'model.safetensors')));
    const prior = denoiserPrior(config, weights);
    const compiled = await runtime.compile({ clean: prior.denoise(input('x', [1, 1, 16, 16]), input('s', [1])) });
    const { clean } = await compiled.run({ x: tensor([1, 1, 16, 16]), s: tensor([1], [0.1]) });
    await compiled.dispose();
    expect(clean.data.every(Number.isFinite)).toBe(true);
    expect((await readFile(join(root, 'denoiser', 'work', 'denoiser-000060.png'))).subarray(1, 4).toString()).toBe('PNG');
    // the same data and noise (by the seed), from these weights
    const more = await finish(small('denoiser-more', { steps: 4 }), { config, weights, sha256: 'denoiser' });
    expect(mean(more)).toBeLessThan(0.8 * mean(losses.slice(0, 4)));
  });

  test('a crop that the net cannot take, or that is larger than the images, is refused', async () => {
    await expect(finish(small('odd', { crop: 15 }))).rejects.toThrow(/denoiser\.crop is 15.*divisible by 2/);
    await expect(finish(small('large', { crop: 64 }))).rejects.toThrow(/at most side, 32/);
  });
});
