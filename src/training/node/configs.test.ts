import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { ParamSpec } from '../../nn/index.js';
import { firstStageSpecs } from '../../priors/first-stage.js';
import { unetSpecs } from '../../priors/unet.js';
import { readTrainConfig } from './train.js';

const folder = fileURLToPath(new URL('../../../priors', import.meta.url));
const count = (specs: readonly ParamSpec[]) => specs.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0);

const trained = readdirSync(folder).filter((name) => existsSync(`${folder}/${name}/train.json`));

test.each(trained)('priors/%s/train.json: sizes that fit one another, 16 MB at most as fp16', async (name) => {
  const config = await readTrainConfig(`${folder}/${name}/train.json`);
  if (!('firstStage' in config)) throw new Error('not of a latent prior');
  const { prior, data, firstStage } = config;
  expect(prior.name).toBe(name);
  expect(prior.firstStage.inChannels).toBe({ 'ct-phantoms': 1, photographs: 3, folder: prior.firstStage.inChannels }[data.kind]);
  const factor = 2 ** (prior.firstStage.chMult.length - 1);
  expect(prior.unet.imageSize).toBe(prior.firstStage.resolution / factor);
  for (const { crop } of firstStage.phases) {
    expect(crop % factor).toBe(0);
    expect(crop).toBeLessThanOrEqual(prior.firstStage.resolution);
  }
  expect(2 * (count(firstStageSpecs(prior.firstStage)) + count(unetSpecs(prior.unet)))).toBeLessThan(16e6);
});

test('priors/ct-pixel/fine-tune.json trains the prior it lies beside', async () => {
  const { prior } = await readTrainConfig(`${folder}/ct-pixel/fine-tune.json`);
  const { denoiser } = JSON.parse(readFileSync(`${folder}/ct-pixel/config.json`, 'utf8'));
  expect(prior).toEqual({ kind: 'denoiser', name: 'ct-pixel', denoiser });
});
