import type { z } from 'zod';
import { checked } from '../../io/checked.js';
import { UserError } from '../../tensor/errors.js';
import type { Shape } from '../../tensor/tensor.js';
import type { StoredTensor } from '../stored-tensor.js';

/**
 * What names and shapes do not tell. Each layout has its convention, which is taken where nothing is said: images of 256x256;
 * attention heads of 32 channels in a latent diffusion checkpoint, of 64 in guided-diffusion, their channels lying head by head.
 */
export interface Conventions {
  /** Side of the training images. */
  readonly resolution?: number;
  /** Channels of an attention head of the UNet; or else `numHeads`. */
  readonly headChannels?: number;
  /** Attention heads at every level of the UNet; or else `headChannels`. */
  readonly numHeads?: number;
  /** guided-diffusion's "new attention order" is `split`. */
  readonly attentionOrder?: 'per-head' | 'split';
}

export const RESOLUTION = 256;

/** The shapes of a model's tensors, whatever they are called in the file. */
export interface Shapes {
  has(name: string): boolean;
  /** @throws UserError when it is not there */
  of(name: string): Shape;
}

/** @param nameOf the name in the file of a tensor of the model */
export function shapesOf(file: string, tensors: ReadonlyMap<string, StoredTensor>, nameOf: (name: string) => string): Shapes {
  return {
    has: (name) => tensors.has(nameOf(name)),
    of(name) {
      const stored = tensors.get(nameOf(name));
      if (stored === undefined)
        throw new UserError(
          `${file} lacks the tensor "${nameOf(name)}", without which its model cannot be told. Download or write it again.`,
        );
      return stored.shape;
    },
  };
}

/** How many of 0, 1, ... hold before the first that does not. */
export function countWhile(holds: (index: number) => boolean): number {
  let count = 0;
  while (holds(count)) count++;
  return count;
}

/** The convention where it divides all the channels, else the largest power of two below it that does. */
export function divisorOf(channels: readonly number[], convention: number): number {
  let divisor = convention;
  while (!channels.every((c) => c % divisor === 0)) divisor = 2 ** Math.ceil(Math.log2(divisor) - 1);
  return divisor;
}

/** The levels' channels as multiples of the finest's base. @throws UserError when one is not a whole multiple */
export function multipliers(file: string, base: number, channels: readonly number[]): [number, ...number[]] {
  const odd = channels.find((c) => c % base !== 0);
  if (odd !== undefined)
    throw new UserError(`${file} has a level of ${odd} channels, which is no multiple of ${base}. Such a model cannot be expressed here.`);
  return channels.map((c) => c / base) as [number, ...number[]];
}

/** A configuration with its defaults. @throws UserError naming the fields that contradict one another */
export function checkedConfig<S extends z.ZodType>(file: string, schema: S, config: z.input<S>): z.output<S> {
  return checked(schema, config, (problems) => new UserError(`${file} holds a model that cannot be expressed here: ${problems}.`));
}

/** What a configuration has by convention alone, in words. */
export function assumptions(
  { resolution, headChannels, numHeads, attentionOrder }: Conventions,
  { unet, firstStage, schedule, scaleFactor }: Told,
): string[] {
  const norms = [unet && `UNet ${unet.normGroups}`, firstStage && `first stage ${firstStage.normGroups}`].filter((part) => part);
  const attends = unet !== undefined && headChannels === undefined && numHeads === undefined;
  return [
    ...(resolution === undefined ? [`images of ${RESOLUTION} x ${RESOLUTION}`] : []),
    ...(attends ? [`attention heads of ${unet.headChannels} channels`] : []),
    ...(unet !== undefined && attentionOrder === undefined ? ['their channels head by head'] : []),
    `groups of the norms (${norms.join(', ')})`,
    ...(unet !== undefined && !schedule ? ['the noise schedule'] : []),
    ...(unet !== undefined && firstStage !== undefined && !scaleFactor ? ['latents not scaled'] : []),
  ];
}

/** Parts of a model, and whether its file says of its schedule and scale. */
interface Told {
  readonly unet?: { readonly normGroups?: number; readonly headChannels?: number };
  readonly firstStage?: { readonly normGroups?: number };
  readonly schedule?: boolean;
  readonly scaleFactor?: boolean;
}
