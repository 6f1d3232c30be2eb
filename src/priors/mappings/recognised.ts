import { UsageError, UserError } from '../../tensor/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type PriorConfig, priorParts } from '../families/index.js';
import type { Layout } from '../layout.js';
import type { StoredTensor } from '../stored-tensor.js';
import { countNumbers, type Mapped, RESEMBLES, readMapped, theirNames } from './mapped.js';

/** The weights training arrived at, or their exponential moving average. */
export type WeightSet = (typeof weightSets)[number];
const weightSets = ['raw', 'ema'] as const;

/** A model found in a file or folder of whatever layout, its weights still there. */
export interface Recognised {
  readonly layout: Layout;
  readonly config: PriorConfig;
  /** Numbers in each part that is there, as in `{ unet: 274056163, 'first stage': 55322782 }`. */
  readonly parameters: Readonly<Record<string, number>>;
  /** Which weights are there, of the denoiser (of a first stage alone: of that). */
  readonly sets: readonly WeightSet[];
  /** Tensors that are not there, by their own names, or parts (`first stage`, `unet`); with any of them `load` refuses. */
  readonly missing: readonly string[];
  /** Tensors that are no part of the model: schedule, optimiser, discriminator. */
  readonly ignored: readonly string[];
  /** What of the configuration neither the file nor the user said, in words. */
  readonly assumed: readonly string[];
  /**
   * The weights under our full names (`model.diffusion_model....`, `first_stage_model....`), exactly those of the model.
   * @param set by default the moving average where there is one
   * @param progress called after each tensor
   * @throws UserError naming a tensor that is missing, misshapen or unknown, before any is read
   */
  load(set?: WeightSet, progress?: (done: number, total: number) => void): Promise<Map<string, Tensor>>;
}

interface Found {
  /** File or folder, for messages. */
  readonly name: string;
  readonly layout: Layout;
  readonly config: PriorConfig;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Where the tensors are that raw weights and moving average have each for themselves. */
  readonly sets: Readonly<Partial<Record<WeightSet, readonly Mapped[]>>>;
  /** Where the others are. */
  readonly shared?: readonly Mapped[];
  readonly missingParts?: readonly string[];
  readonly assumed?: readonly string[];
  /** Whether a tensor that belongs to no set may be left aside; else it is an error. */
  readonly ignorable?: (name: string) => boolean;
}

/** What all layouts have in common once their names are mapped: counting, and strict loading. */
export function recognised(found: Found): Recognised {
  const { name: file, layout, config, tensors, shared = [], missingParts = [], assumed = [], ignorable = () => false } = found;
  const known = new Set([...Object.values(found.sets).flat(), ...shared].flatMap(theirNames));
  const rest = [...tensors.keys()].filter((name) => !known.has(name));
  const sets = weightSets.filter((set) => found.sets[set]?.some((entry) => theirNames(entry).some((name) => tensors.has(name))));
  const wanted = [...sets.flatMap((set) => found.sets[set]!), ...shared].flatMap(theirNames);
  const { unet, firstStage, denoiser } = priorParts(config);
  return {
    layout,
    config,
    parameters: {
      ...(unet && { unet: countNumbers(unet) }),
      ...(firstStage && { 'first stage': countNumbers(firstStage) }),
      ...(denoiser && { denoiser: countNumbers(denoiser) }),
    },
    sets,
    missing: [...missingParts, ...wanted.filter((name) => !tensors.has(name))],
    ignored: rest.filter(ignorable),
    assumed,
    async load(set = sets.includes('ema') ? 'ema' : 'raw', progress) {
      if (missingParts.length > 0) {
        throw new UserError(
          `${file} does not hold a whole model: the ${missingParts.join(' and the ')} is not in it. Give a file or folder with every part.`,
        );
      }
      const own = found.sets[set];
      if (own === undefined || !sets.includes(set)) {
        const there = sets.length > 0 ? `What it holds: ${sets.join(', ')}.` : 'Download or write it again.';
        throw new UsageError(`${file} does not hold the ${set === 'ema' ? 'moving average of the' : 'raw'} weights. ${there}`);
      }
      const unknown = rest.find((name) => !ignorable(name));
      if (unknown !== undefined) throw new UserError(`${file} holds a tensor "${unknown}" that the model does not have. ${RESEMBLES}`);
      return readMapped([...own, ...shared], tensors, { file, progress });
    },
  };
}
