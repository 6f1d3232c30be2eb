import { z } from 'zod';
import type { ParamSpec } from '../../nn/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { AnyPrior } from '../prior.js';
import { denoiserFamily } from './denoiser.js';
import { dncnnFamily } from './dncnn.js';
import { allOf, type Family, type Parts } from './family.js';
import { firstStageFamily } from './first-stage.js';
import { latentFamily } from './latent.js';
import { pixelFamily } from './pixel.js';
import { restorerFamily } from './restorer.js';

export * from './denoiser.js';
export * from './dncnn.js';
export type { Family, Parts } from './family.js';
export * from './first-stage.js';
export * from './latent.js';
export * from './pixel.js';
export * from './restorer.js';

/** Every kind of prior there is. */
const all = [latentFamily, firstStageFamily, pixelFamily, denoiserFamily, dncnnFamily, restorerFamily] as const;

export type PriorConfig = z.output<(typeof all)[number]['schema']>;
export type PriorKind = PriorConfig['kind'];
export const families = all as readonly unknown[] as readonly (Family<z.ZodType<PriorConfig>, AnyPrior> & { readonly kind: PriorKind })[];

const schemas = all.map(({ schema }) => schema) as [(typeof all)[number]['schema'], ...(typeof all)[number]['schema'][]];
/** Any model that can be read: the content of a config.json. Without `kind` it is a latent prior. */
export const priorSchema = z.discriminatedUnion('kind', schemas);

export function familyOf(kind: PriorKind): (typeof families)[number] {
  return families.find((one) => one.kind === kind)!;
}

/** The models a prior is made of, their parameters under the full names of a checkpoint, in order of use. */
export function priorParts(config: PriorConfig): Parts {
  return familyOf(config.kind).parts(config);
}

/** Every parameter of a prior, under the full names of a checkpoint. */
export function priorSpecs(config: PriorConfig): ParamSpec[] {
  return allOf(priorParts(config));
}

/** The kinds that make a prior, in one space or in any. */
export function priorKinds(space?: AnyPrior['space']): PriorKind[] {
  return families.filter((one) => one.build !== undefined && (space ?? one.space) === one.space).map(({ kind }) => kind);
}

/** The prior of a configuration, of one of `priorKinds`. @throws UserError naming a tensor that is missing, misshapen or unknown */
export function buildPrior(config: PriorConfig, weights: ReadonlyMap<string, Tensor>): AnyPrior {
  return familyOf(config.kind).build!(config, weights);
}
