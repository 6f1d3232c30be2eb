import type { z } from 'zod';
import type { ParamSpec } from '../../nn/index.js';
import type { Shape, Tensor } from '../../tensor/tensor.js';
import type { Layout } from '../layout.js';
import type { AnyPrior } from '../prior.js';

/** The models that a prior may be made of, their parameters under the full names of a checkpoint, in order of use. */
export interface Parts {
  readonly unet?: readonly ParamSpec[];
  readonly firstStage?: readonly ParamSpec[];
  readonly denoiser?: readonly ParamSpec[];
}

/** One kind of prior, whole: what its config.json holds, its parameters, the prior that they make, and how it is spoken of. */
export interface Family<Schema extends z.ZodType, Built = unknown> {
  readonly kind: string;
  /** Of its config.json. */
  readonly schema: Schema;
  /** What it is, for "NAME is ...". */
  readonly is: string;
  /** The layouts that can express it, and what the others cannot. */
  readonly layouts: readonly Layout[];
  readonly expressed: string;
  parts(config: z.output<Schema>): Parts;
  /** [C, H, W] of images, [C] where any size will do, and, where they are told, of latents. */
  shapes(config: z.output<Schema>): { readonly image: Shape; readonly latent?: Shape };
  /** Its kind, with more than the name where there is more to say. */
  readonly words?: (config: z.output<Schema>) => string;
  /** What else tells it from another of its kind: title and text. */
  readonly facts?: (config: z.output<Schema>) => readonly (readonly [string, string])[];
  /** Where its diffusion runs; with `build`. */
  readonly space?: AnyPrior['space'];
  /**
   * The prior; of a family without one, a part of a prior alone.
   * @param weights full checkpoint names, exactly those of the model
   * @throws UserError naming a tensor that is missing, misshapen or unknown
   */
  readonly build?: (config: z.output<Schema>, weights: ReadonlyMap<string, Tensor>) => Built;
}

/** A family with its types inferred. */
export function family<const Kind extends string, Schema extends z.ZodType, Built extends AnyPrior = never>(
  given: Family<Schema, Built> & { readonly kind: Kind },
): Family<Schema, Built> & { readonly kind: Kind } {
  return given;
}

/** Every parameter of a prior. */
export function allOf({ unet = [], firstStage = [], denoiser = [] }: Parts): ParamSpec[] {
  return [...unet, ...firstStage, ...denoiser];
}

export function prefixed(prefix: string, specs: readonly ParamSpec[]): ParamSpec[] {
  return specs.map((spec) => ({ ...spec, name: `${prefix}.${spec.name}` }));
}

export const square = (channels: number, side: number): Shape => [channels, side, side];
