import type { Window } from '../../../io/index.js';
import type { Runtime } from '../../../runtime/index.js';
import type { Random } from '../../../tensor/random.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { TaskProblem } from '../../problem.js';

/** A picture as it is written. */
export interface FinishedPicture {
  /** `[C, H, W]` or `[1, C, H, W]`. */
  readonly image: Tensor;
  /** `[H, W]` in [0, 1]. */
  readonly alpha?: Tensor;
  readonly bits: 8 | 16;
}

/** Where a measurement came from, for manifest and report. */
export interface SourceNote {
  /** In words: a file name, a phantom and its seed. */
  readonly input: string;
  readonly measurement: 'simulated' | 'given';
  readonly photons?: number;
  /** Of a CT: what PNGs show. */
  readonly window?: Window;
  /** Makes the picture that the user wanted of a reconstruction `[1, C, H, W]`, where the two differ. */
  readonly picture?: (image: Tensor) => FinishedPicture;
}

/** A measurement to be made or read, with what the user should know about it. */
export interface Source extends SourceNote {
  /** Sentences for the user: what was resized, converted, assumed. */
  readonly notices?: readonly string[];
  measure(runtime: Runtime, random: Random): Promise<TaskProblem>;
}
