import { hashFiles } from '../../io/node/hash-files.js';
import { UsageError, type UserError } from '../../tensor/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import {
  type AnyPrior,
  buildPrior,
  familyOf,
  type LatentPrior,
  type LatentPriorConfig,
  latentPrior,
  type PixelPrior,
  type PriorConfig,
  type PriorKind,
  priorKinds,
} from '../index.js';
import { pathsOf } from './find-prior.js';
import { type OpenOptions, openPrior } from './open-prior.js';

export { type ConvertOptions, convertPrior } from './convert-prior.js';
export { embeddedPriors } from './embedded-priors.js';
export { inspectPrior, type PriorDescription } from './inspect-prior.js';

/** What a prior is made of, and where it came from, as a manifest states it. */
export interface PriorParts<C extends PriorConfig = LatentPriorConfig> {
  readonly config: C;
  /** Under full checkpoint names; the moving average where there is one. */
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly name: string;
  /** An embedded prior's name, `hf:` with the commit, else an absolute path. */
  readonly path: string;
  /** SHA-256, in hexadecimal, of its files one after the other, configurations first. */
  readonly sha256: string;
}

/** A prior ready for use. */
export interface LoadedPrior extends Pick<PriorParts, 'name' | 'path' | 'sha256'> {
  readonly prior: AnyPrior;
}

export interface LoadOptions extends OpenOptions {
  /** Kinds that will do (all that have a diffusion model); others are refused. */
  readonly kinds?: readonly PriorKind[];
  /** What the prior is for, in messages. */
  readonly use?: string;
}

/**
 * A prior by the name of an embedded one (`ct`), as a folder (of ours, or of diffusers), as a checkpoint file of any layout, or as
 * `hf:OWNER/NAME[@REVISION][/PATH]`, which is pulled where the cache does not have it.
 * @throws UserError when there is none (listing those there are), its config is wrong (naming the field), its weights do not fit (naming
 * the tensor), or it is of a kind that will not do
 * @example
 * ```ts
 * import { loadPrior } from 'posteriori/priors/node';
 * const { prior, sha256 } = await loadPrior('ct-pixel'); // or a folder, a checkpoint, 'hf:OWNER/NAME'
 * console.log(prior.name, prior.space, sha256);
 * ```
 */
export async function loadPrior(given: string, options: LoadOptions = {}): Promise<LoadedPrior> {
  const { config, weights, ...from } = await readParts(given, { ...options, kinds: options.kinds ?? priorKinds() });
  return { prior: buildPrior(config, weights), ...from };
}

/** `loadPrior` of a prior on pixels alone. @throws UserError as `loadPrior` does, for other kinds too */
export async function loadPixelPrior(
  given: string,
  options: Omit<LoadOptions, 'kinds'> = {},
): Promise<LoadedPrior & { readonly prior: PixelPrior }> {
  const { prior, ...from } = await loadPrior(given, { ...options, kinds: priorKinds('pixel') });
  return { prior: prior as PixelPrior, ...from };
}

/** `loadPrior` of a latent prior alone. @throws UserError as `loadPrior` does, for other kinds too */
export async function loadLatentPrior(
  given: string,
  options: Omit<LoadOptions, 'kinds'> = {},
): Promise<LoadedPrior & { readonly prior: LatentPrior }> {
  const { config, weights, ...from } = await readPrior(given, options);
  return { prior: latentPrior(config, weights), ...from };
}

/**
 * Configuration and weights of a latent prior, given as for `loadPrior`.
 * @throws UserError as `loadPrior` does
 */
export async function readPrior(given: string, options: OpenOptions & Pick<LoadOptions, 'use'> = {}): Promise<PriorParts> {
  return (await readParts(given, { ...options, kinds: ['latent'] })) as PriorParts;
}

/** Configuration and weights of a prior of one of the kinds named. @throws UserError as `loadPrior` does */
export async function readParts(given: string, { kinds = [], use, ...options }: LoadOptions): Promise<PriorParts<PriorConfig>> {
  const { found, recognised, close } = await openPrior(given, options);
  try {
    const { config, missing } = recognised;
    // of half a model `load` says what is missing
    if (!kinds.includes(config.kind) && missing.length === 0) throw wrongKind(found.name, config.kind, kinds, use);
    const weights = await recognised.load();
    return { config, weights, name: config.name, path: found.path, sha256: await hashFiles(pathsOf(found)) };
  } finally {
    await close();
  }
}

function wrongKind(name: string, kind: PriorKind, kinds: readonly PriorKind[], use = 'This'): UserError {
  const { is, build } = familyOf(kind);
  const ofLatents =
    build === undefined ? 'a prior with a diffusion model' : 'a latent prior, which has a first stage and a diffusion model';
  const needs = kinds.includes('latent') ? ofLatents : 'a pixel prior';
  return new UsageError(`${name} is ${is}. ${use} needs ${needs}. Name another with --prior.`);
}
