import { mapTensor, type Tensor } from '../tensor/tensor.js';
import { type Window, windowLimits } from './hounsfield.js';

/** A lookup table (PS3.3 C.11.1.1.1): entry k is for the value `first + k`; values beyond its ends take those of the ends. */
export interface LookupTable {
  readonly first: number;
  readonly entries: ArrayLike<number>;
  /** The largest number that an entry could hold. */
  readonly top: number;
}

/** How a file wants its values shown (PS3.3 C.11.2): through a table, or through a window by a function. */
export interface Display {
  readonly table?: LookupTable;
  /** Width above 0. */
  readonly window?: Window;
  readonly function: 'linear' | 'exact' | 'sigmoid';
}

/** Values as grey in [-1, 1] for the eye. Any shape. */
export function applyDisplay(values: Tensor, { table, window, function: by }: Display): Tensor {
  if (table) return mapTensor(values, (value) => (2 * lookUp(table, value)) / table.top - 1);
  const { center, width } = window!;
  if (by === 'sigmoid') return mapTensor(values, (value) => 2 / (1 + Math.exp((-4 * (value - center)) / width)) - 1);
  const [black, white] = by === 'exact' ? [center - width / 2, center + width / 2] : windowLimits({ center, width });
  return mapTensor(values, (value) => Math.min(1, Math.max(-1, (2 * (value - black)) / (white - black) - 1)));
}

export function lookUp({ first, entries }: LookupTable, value: number): number {
  return entries[Math.min(entries.length - 1, Math.max(0, Math.round(value) - first))];
}
