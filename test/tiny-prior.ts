import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { initialise } from '../src/nn/index.js';
import { latentPriorSchema, priorSpecs, writeSafetensors } from '../src/priors/index.js';
import { tinyFirstStage, tinyUNet } from '../src/priors/testing/tiny-configs.js';
import { Random } from '../src/tensor/random.js';
import { type Tensor, tensor } from '../src/tensor/tensor.js';

const configOf = (channels: 1 | 3) =>
  latentPriorSchema.parse({
    name: 'tiny',
    firstStage: {
      ...tinyFirstStage,
      inChannels: channels,
      outChannels: channels,
      chMult: [1, 1, 1, 1, 1],
      zChannels: 3,
      embedDim: 3,
      nEmbed: 16,
      resolution: 256,
    },
    unet: { ...tinyUNet, inChannels: 3, outChannels: 3, channelMult: [1], attentionResolutions: [], imageSize: 16 },
  });

/**
 * A whole prior of the real architecture with seeded random weights, small enough for a step to take milliseconds. It
 * reconstructs nothing well; it takes the command line through all it does with a trained one.
 */
export async function writeTinyPrior(folder: string, options: { misshapen?: string; channels?: 1 | 3 } = {}): Promise<void> {
  const config = configOf(options.channels ?? 1);
  const weights: Map<string, Tensor> = initialise(priorSpecs(config), new Random(1));
  if (options.misshapen) {
    if (!weights.has(options.misshapen)) throw new Error(`the tiny prior has no tensor ${options.misshapen}`);
    weights.set(options.misshapen, tensor([2, 2]));
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await writeFile(join(folder, 'model.safetensors'), writeSafetensors(weights, { dtype: 'F16' }));
}
