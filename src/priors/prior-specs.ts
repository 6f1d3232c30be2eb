import type { ParamSpec } from '../nn/index.js';
import type { PriorConfig } from './config.js';
import { denoiserSpecs } from './denoiser.js';
import { firstStageSpecs } from './first-stage.js';
import { unetSpecs } from './unet.js';

/** Where a checkpoint keeps its two models; latent diffusion's names (CompVis), used for every kind of prior. */
export const FIRST_STAGE_PREFIX = 'first_stage_model';
export const UNET_PREFIX = 'model.diffusion_model';
/** Of a denoiser of ours, which no other program has. */
export const DENOISER_PREFIX = 'denoiser';

/** The models a prior is made of, their parameters under the full names of a checkpoint, in order of use. */
export function priorParts(config: PriorConfig): {
  readonly unet?: readonly ParamSpec[];
  readonly firstStage?: readonly ParamSpec[];
  readonly denoiser?: readonly ParamSpec[];
} {
  const unet = 'unet' in config ? prefixed(UNET_PREFIX, unetSpecs(config.unet)) : undefined;
  const firstStage = 'firstStage' in config ? prefixed(FIRST_STAGE_PREFIX, firstStageSpecs(config.firstStage)) : undefined;
  const denoiser = 'denoiser' in config ? prefixed(DENOISER_PREFIX, denoiserSpecs(config.denoiser)) : undefined;
  return { unet, firstStage, denoiser };
}

/** Every parameter of a prior, under the full names of a checkpoint. */
export function priorSpecs(config: PriorConfig): ParamSpec[] {
  const { unet = [], firstStage = [], denoiser = [] } = priorParts(config);
  return [...unet, ...firstStage, ...denoiser];
}

function prefixed(prefix: string, specs: readonly ParamSpec[]): ParamSpec[] {
  return specs.map((spec) => ({ ...spec, name: `${prefix}.${spec.name}` }));
}
