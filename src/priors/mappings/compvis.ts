import type { FirstStageConfig } from '../config.js';
import { firstStagePriorSchema } from '../families/first-stage.js';
import { priorParts } from '../families/index.js';
import { latentPriorSchema } from '../families/latent.js';
import { pixelPriorSchema } from '../families/pixel.js';
import { downsamplingOf } from '../first-stage.js';
import { FIRST_STAGE_PREFIX, UNET_PREFIX } from '../prefixes.js';
import type { StoredTensor } from '../stored-tensor.js';
import { assumptions, type Conventions, checkedConfig, RESOLUTION, type Shapes, shapesOf } from './conventions.js';
import { inferFirstStage } from './infer-first-stage.js';
import { inferSchedule } from './infer-schedule.js';
import { inferUNet } from './infer-unet.js';
import { renamed } from './mapped.js';
import { type Recognised, recognised } from './recognised.js';

type Tensors = ReadonlyMap<string, StoredTensor>;

/** LDM-VQ4 has heads of 32 channels. */
const HEAD_CHANNELS = 32;

/** What a latent diffusion checkpoint holds beside its models: the schedule in many forms, and bookkeeping. */
const buffers = new Set(
  `betas alphas_cumprod alphas_cumprod_prev sqrt_alphas_cumprod sqrt_one_minus_alphas_cumprod log_one_minus_alphas_cumprod
   sqrt_recip_alphas_cumprod sqrt_recipm1_alphas_cumprod posterior_variance posterior_log_variance_clipped posterior_mean_coef1
   posterior_mean_coef2 lvlb_weights logvar scale_factor model_ema.decay model_ema.num_updates`.split(/\s+/),
);

/** The moving average of parameter `name` of the module it is taken of: its buffers cannot have dots in their names. */
const averaged = (name: string): string => `model_ema.${name.replaceAll('.', '')}`;

/**
 * A latent diffusion checkpoint (Rombach et al., CVPR 2022): UNet, its moving average, first stage. The schedule is that of its
 * `betas`, or the one all its face models have; the latents' scale that of `scale_factor`, or 1. Without a UNet it is read as the
 * first stage alone; without a first stage it cannot be loaded (`missing`).
 * @param root what precedes the names in the file, as in `state_dict.`
 */
export async function recogniseLatentDiffusion(
  name: string,
  root: string,
  tensors: Tensors,
  conventions: Conventions,
): Promise<Recognised> {
  const rawName = (full: string): string => root + full;
  const emaName = (full: string): string => root + averaged(full.replace(/^model\./, ''));
  const below = (prefix: string, nameOf: (full: string) => string): Shapes =>
    shapesOf(name, tensors, (part) => nameOf(`${prefix}.${part}`));
  // A UNet can be told from either of its sets.
  const unetName = (full: string): string => (tensors.has(rawName(full)) || !tensors.has(emaName(full)) ? rawName(full) : emaName(full));
  const hasUNet = [...tensors.keys()].some(
    (key) => key.startsWith(rawName(UNET_PREFIX)) || key.startsWith(root + averaged('diffusion_model')),
  );
  const resolution = conventions.resolution ?? RESOLUTION;
  const hasFirstStage = [...tensors.keys()].some((key) => key.startsWith(rawName(FIRST_STAGE_PREFIX)));
  const firstStage = hasFirstStage ? inferFirstStage(name, below(FIRST_STAGE_PREFIX, rawName), resolution) : undefined;
  const ignorable = (key: string): boolean => {
    const own = key.slice(root.length);
    return !key.startsWith(root) || buffers.has(own) || own.startsWith(`${FIRST_STAGE_PREFIX}.loss.`);
  };
  if (!hasUNet && firstStage) {
    const config = checkedConfig(name, firstStagePriorSchema, { kind: 'first-stage', name, firstStage });
    return recognised({
      name,
      layout: 'compvis',
      config,
      tensors,
      ignorable,
      assumed: assumptions(conventions, config),
      sets: { raw: renamed(priorParts(config).firstStage!, rawName) },
    });
  }
  const imageSize = firstStage ? resolution / downsamplingOf(firstStage) : resolution;
  const unet = { ...inferUNet(name, below(UNET_PREFIX, unetName), conventions, HEAD_CHANNELS), imageSize };
  const read = async (buffer: string) => (await tensors.get(root + buffer)?.read())?.data;
  const [betas, scale] = [await read('betas'), await read('scale_factor')];
  const schedule = betas && inferSchedule(betas);
  const config = firstStage
    ? checkedConfig(name, latentPriorSchema, { name, firstStage, unet, schedule, scaleFactor: scale && Number(scale[0].toPrecision(7)) })
    : checkedConfig(name, pixelPriorSchema, { kind: 'pixel', name, unet, schedule });
  const parts = priorParts(config);
  return recognised({
    name,
    layout: 'compvis',
    config,
    tensors,
    ignorable,
    sets: { raw: renamed(parts.unet!, rawName), ema: renamed(parts.unet!, emaName) },
    shared: parts.firstStage && renamed(parts.firstStage, rawName),
    missingParts: firstStage ? [] : ['first stage'],
    assumed: assumptions(conventions, { unet: config.unet, firstStage, schedule: betas !== undefined, scaleFactor: scale !== undefined }),
  });
}

/** A first stage alone (VQGAN, Esser et al., CVPR 2021; or KL), perhaps with its discriminator and its moving average. */
export function recogniseFirstStage(name: string, root: string, tensors: Tensors, conventions: Conventions): Recognised {
  const rawName = (full: string): string => root + full.slice(FIRST_STAGE_PREFIX.length + 1);
  const emaName = (full: string): string => root + averaged(full.slice(FIRST_STAGE_PREFIX.length + 1));
  const shapes = shapesOf(name, tensors, (part) => root + part);
  const firstStage: FirstStageConfig = inferFirstStage(name, shapes, conventions.resolution ?? RESOLUTION);
  const config = checkedConfig(name, firstStagePriorSchema, { kind: 'first-stage', name, firstStage });
  const specs = priorParts(config).firstStage!;
  const ignorable = (key: string): boolean => {
    const own = key.slice(root.length);
    return !key.startsWith(root) || /^(model_ema\.)?loss/.test(own) || own === 'colorize' || buffers.has(own);
  };
  return recognised({
    name,
    layout: 'compvis',
    config,
    tensors,
    ignorable,
    assumed: assumptions(conventions, config),
    sets: { raw: renamed(specs, rawName), ema: renamed(specs, emaName) },
  });
}
