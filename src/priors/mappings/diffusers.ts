import type { z } from 'zod';
import type { scheduleSchema } from '../config.js';
import { firstStagePriorSchema } from '../families/first-stage.js';
import { type PriorConfig, priorParts } from '../families/index.js';
import { latentPriorSchema } from '../families/latent.js';
import { pixelPriorSchema } from '../families/pixel.js';
import { FIRST_STAGE_PREFIX, UNET_PREFIX } from '../prefixes.js';
import { type Conventions, checkedConfig, RESOLUTION } from './conventions.js';
import { type Component, type DiffusersParts, findComponents } from './diffusers-components.js';
import { mapDiffusersFirstStage, mapDiffusersUNet } from './diffusers-names.js';
import { type ReadFirstStage, type ReadUNet, readFirstStage, readScheduler, readUNet } from './diffusers-read.js';
import { type Recognised, recognised } from './recognised.js';

/**
 * A prior in diffusers' layout: `UNet2DModel` with a `VQModel` or `AutoencoderKL`, or one of these alone; and a scheduler, without
 * which linear variances from 1e-4 to 0.02 are assumed, as diffusers does. Image sides come from the UNet's sample_size, else the
 * first stage's. A `scaling_factor` that is there is honoured, though in a VQModel 0.18215 may be but the default of what wrote it.
 * @throws UserError naming what of it cannot be expressed
 */
export function recogniseDiffusers(name: string, parts: DiffusersParts, conventions: Pick<Conventions, 'resolution'> = {}): Recognised {
  const { unet, firstStage, scheduler, missing } = findComponents(name, parts);
  const theirUNet = unet && readUNet(unet.label, unet.config);
  const theirFirstStage = firstStage && readFirstStage(firstStage.label, firstStage.kind, firstStage.config);
  const schedule = scheduler
    ? readScheduler(scheduler.label, scheduler.className, scheduler.config)
    : { kind: 'linear' as const, betaStart: 1e-4, betaEnd: 0.02 };
  const config = configOf(name, { unet: theirUNet, firstStage: theirFirstStage, schedule, resolution: conventions.resolution });

  const specs = priorParts(config);
  const naming = (component: Component) => ({ prefix: component.prefix, oldAttention: hasOldAttention(component) });
  const unetEntries =
    'unet' in config && unet!.tensors.size > 0
      ? mapDiffusersUNet(config.unet, specs.unet!, { ours: UNET_PREFIX, sineFirst: theirUNet!.sineFirst, ...naming(unet!) })
      : [];
  const firstStageEntries =
    'firstStage' in config && firstStage!.tensors.size > 0
      ? mapDiffusersFirstStage(config.firstStage, specs.firstStage!, { ours: FIRST_STAGE_PREFIX, ...naming(firstStage!) })
      : [];
  return recognised({
    name,
    layout: 'diffusers',
    config,
    tensors: new Map(
      [unet, firstStage].flatMap((c) => (c ? [...c.tensors].map(([key, tensor]) => [c.prefix + key, tensor] as const) : [])),
    ),
    sets: { raw: specs.unet ? unetEntries : firstStageEntries },
    shared: specs.unet ? firstStageEntries : [],
    missingParts: missing,
  });
}

function configOf(
  name: string,
  found: { unet?: ReadUNet; firstStage?: ReadFirstStage; schedule: z.input<typeof scheduleSchema>; resolution?: number },
): PriorConfig {
  const { unet, firstStage, schedule } = found;
  if (!firstStage) {
    const imageSize = found.resolution ?? unet!.imageSize ?? RESOLUTION;
    return checkedConfig(name, pixelPriorSchema, { kind: 'pixel', name, unet: { ...unet!.config, imageSize }, schedule });
  }
  const { factor, scaleFactor, sampleSize } = firstStage;
  const resolution = found.resolution ?? (unet?.imageSize ? unet.imageSize * factor : (sampleSize ?? RESOLUTION));
  const ours = firstStage.config(resolution);
  if (!unet) return checkedConfig(name, firstStagePriorSchema, { kind: 'first-stage', name, firstStage: ours });
  const imageSize = resolution / factor;
  return checkedConfig(name, latentPriorSchema, { name, firstStage: ours, unet: { ...unet.config, imageSize }, schedule, scaleFactor });
}

function hasOldAttention({ tensors }: Component): boolean {
  return [...tensors.keys()].some((key) => /attentions\.\d+\.query\./.test(key));
}
