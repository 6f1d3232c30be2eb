import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { input } from '../../graph/index.js';
import { latentPrior, latentPriorSchema, readSafetensors } from '../../priors/index.js';
import { createNodeRuntime } from '../../runtime/node/index.js';
import { tensor } from '../../tensor/tensor.js';
import { type TrainConfig, trainSchema } from '../config.js';
import { readTrainConfig, train } from './train.js';

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
      firstStage: {
        kind: 'vq',
        inChannels: 1,
        outChannels: 1,
        ch: 4,
        chMult: [1, 2],
        numResBlocks: 1,
        zChannels: 2,
        embedDim: 2,
        nEmbed: 32,
        resolution: 32,
        normGroups: 2,
      },
      unet: {
        inChannels: 2,
        outChannels: 2,
        modelChannels: 8,
        channelMult: [1, 2],
        numResBlocks: 1,
        attentionResolutions: [2],
        headChannels: 8,
        normGroups: 4,
        imageSize: 16,
      },
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

test('a bad configuration is named', async () => {
  await expect(readTrainConfig(join(root, 'none.json'))).rejects.toThrow(/Cannot read.*none\.json/);
});
