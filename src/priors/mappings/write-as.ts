import { checkWeights } from '../../nn/index.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { scheduleSchema, type UNetConfig } from '../config.js';
import { type PriorConfig, priorParts, priorSpecs } from '../families/index.js';
import type { Layout } from '../layout.js';
import { FIRST_STAGE_PREFIX, UNET_PREFIX } from '../prefixes.js';
import { checkLayout, refuse } from './check-layout.js';
import { firstStageJson, unetJson } from './diffusers-json.js';
import { mapDiffusers } from './diffusers-write.js';
import { betasOf } from './infer-schedule.js';
import { type Mapped, renamed, writeMapped } from './mapped.js';

/**
 * Weights under the names of another layout, exactly those it has. CompVis' checkpoints get `betas` and `scale_factor` where these
 * are not what would be assumed without; guided-diffusion keeps no schedule, and neither says how many heads there are: a reader
 * must be told (`Conventions`). For diffusers, names begin with the component's folder (`unet.`); `writeDiffusers` gives its JSON files
 * too.
 * @param weights under our full names, exactly those of the model
 * @throws UserError when the weights do not fit the configuration, or the layout cannot express the model
 */
export function writeAs(layout: Layout, config: PriorConfig, weights: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  checkWeights(priorSpecs(config), weights);
  return new Map([...writeMapped(mappingTo(layout, config), weights), ...(layout === 'compvis' ? buffersOf(config) : [])]);
}

function mappingTo(layout: Layout, config: PriorConfig): Mapped[] {
  checkLayout(layout, config);
  const { unet = [], firstStage = [] } = priorParts(config);
  const without = (prefix: string) => (full: string) => full.slice(prefix.length + 1);
  const same = (full: string) => full;
  if (layout === 'posteriori') return renamed(priorSpecs(config), same);
  if (layout === 'diffusers') {
    if ('unet' in config) unetJson(config.unet); // refuses what cannot be expressed
    if ('firstStage' in config) firstStageJson(config.firstStage, 1);
    const mapped = mapDiffusers(config, '.');
    return [...mapped.unet, ...mapped.firstStage];
  }
  if ('unet' in config) refuseVariants(layout, config.unet);
  if (layout === 'guided-diffusion') return renamed(unet, without(UNET_PREFIX));
  return unet.length === 0 ? renamed(firstStage, without(FIRST_STAGE_PREFIX)) : renamed([...unet, ...firstStage], same);
}

/** Variants of the UNet that diffusers has and the layouts from before it have not. */
function refuseVariants(layout: Layout, { normEps = 1e-5, downsamplePadding, frequencyShift }: UNetConfig): void {
  if (normEps !== 1e-5) refuse(layout, `a UNet with normEps ${normEps}`);
  if (downsamplePadding === 'end') refuse(layout, 'a UNet whose strided convolutions pad at the end alone');
  if (frequencyShift) refuse(layout, `a UNet with frequencyShift ${frequencyShift}`);
}

/** What a reader of a CompVis checkpoint would otherwise assume wrongly. */
function buffersOf(config: PriorConfig): [string, Tensor][] {
  if (config.kind !== 'latent') return [];
  const betas = betasOf(config.schedule);
  const assumed = betasOf(scheduleSchema.parse({}));
  const usual = betas.length === assumed.length && betas.every((beta, t) => beta === assumed[t]);
  return [
    ...(usual ? [] : [['betas', tensor([betas.length], Float32Array.from(betas))] as [string, Tensor]]),
    ...(config.scaleFactor === 1 ? [] : [['scale_factor', tensor([], [config.scaleFactor])] as [string, Tensor]]),
  ];
}
