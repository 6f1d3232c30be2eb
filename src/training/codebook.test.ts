import { expect, test } from 'vitest';
import { initialise } from '../nn/index.js';
import { firstStageSchema } from '../priors/config.js';
import { firstStageSpecs } from '../priors/first-stage.js';
import { tinyFirstStage } from '../priors/testing/tiny-configs.js';
import { createNodeRuntime } from '../runtime/node/index.js';
import { Random } from '../tensor/random.js';
import { fitCodebook } from './codebook.js';
import { phantomSource } from './data.js';

const config = firstStageSchema.parse({ ...tinyFirstStage, nEmbed: 64, resolution: 32 });

test('k-means brings the codes to the latents, the same way for the same seed, and moves nothing else', async () => {
  const runtime = await createNodeRuntime({ threads: 1 });
  const fitted = async (passes: number) => {
    const weights = initialise(firstStageSpecs(config), new Random(1));
    const before = structuredClone(weights);
    const errors = await fitCodebook(runtime, config, weights, phantomSource(1, 32), { images: 4, passes }, new Random(2));
    return { before, weights, errors };
  };
  const { before, weights, errors } = await fitted(5);
  expect(errors).toHaveLength(6);
  // not monotone pass by pass, since idle codes move; but far better in the end
  expect(errors[5]).toBeLessThan(0.2 * errors[0]);
  for (const [name, { data }] of weights)
    expect(
      data.some((v, i) => v !== before.get(name)!.data[i]),
      name,
    ).toBe(name === 'quantize.embedding.weight');
  expect((await fitted(5)).weights).toEqual(weights);
  const untouched = await fitted(0);
  expect(untouched.weights).toEqual(untouched.before);
  await runtime.dispose();
});
