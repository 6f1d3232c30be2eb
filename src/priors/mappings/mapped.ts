import type { ParamSpec } from '../../nn/index.js';
import { UserError } from '../../tensor/errors.js';
import { formatShape, reshapeTensor, type Shape, sameShape, sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { StoredTensor } from '../stored-tensor.js';

/** One tensor of ours and where another layout keeps it. Most are one tensor there too, under another name or shape. */
export interface Mapped {
  readonly ours: string;
  readonly shape: Shape;
  readonly theirs: readonly { readonly name: string; readonly shape: Shape }[];
  /** Their tensors, in the order of `theirs`, as ours. Absent: the one tensor, reshaped. */
  readonly join?: (parts: readonly Tensor[]) => Tensor;
  /** The inverse of `join`. */
  readonly split?: (whole: Tensor) => readonly Tensor[];
}

/** Why tensors may not fit although their names do. */
export const RESEMBLES = 'It may be of an architecture that only resembles the ones known here.';

/** The same tensors under other names. */
export function renamed(specs: readonly ParamSpec[], rename: (name: string) => string): Mapped[] {
  return specs.map(({ name, shape }) => ({ ours: name, shape, theirs: [{ name: rename(name), shape }] }));
}

/** Where a tensor of ours is. */
export function theirNames({ theirs }: Mapped): string[] {
  return theirs.map(({ name }) => name);
}

/** Numbers in all tensors together. */
export function countNumbers(specs: readonly { readonly shape: Shape }[]): number {
  return specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/**
 * Read every tensor, one after the other, under our names.
 * @throws UserError naming the first tensor that is missing or misshapen, before any is read, or one that holds NaN or infinity
 */
export async function readMapped(
  entries: readonly Mapped[],
  tensors: ReadonlyMap<string, StoredTensor>,
  options: { file: string; progress?: (done: number, total: number) => void },
): Promise<Map<string, Tensor>> {
  const { file, progress } = options;
  for (const { name, shape } of entries.flatMap(({ theirs }) => theirs)) {
    const stored = tensors.get(name);
    if (stored === undefined) throw new UserError(`${file} lacks the tensor "${name}" ${formatShape(shape)}. Download or write it again.`);
    if (!sameShape(stored.shape, shape)) {
      throw new UserError(
        `In ${file} the tensor "${name}" has shape ${formatShape(stored.shape)}, the model needs ${formatShape(shape)}. ${RESEMBLES}`,
      );
    }
  }
  const weights = new Map<string, Tensor>();
  for (const { ours, shape, theirs, join } of entries) {
    const parts: Tensor[] = [];
    for (const { name } of theirs) parts.push(finite(await tensors.get(name)!.read(), name, file));
    weights.set(ours, join ? join(parts) : reshapeTensor(parts[0], shape));
    progress?.(weights.size, entries.length);
  }
  return weights;
}

/** @throws UserError when a tensor holds NaN or infinity: a network runs with it, and what it gives is useless */
function finite(read: Tensor, name: string, file: string): Tensor {
  const bad = read.data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return read;
  const count = read.data.reduce((n, value) => n + (Number.isFinite(value) ? 0 : 1), 0);
  throw new UserError(
    `In ${file} the tensor "${name}" holds ${read.data[bad]} (${count} of its ${read.data.length} numbers are not finite): the weights are broken, or were written in a precision too small for them. Download or write them again.`,
  );
}

/** The inverse of reading: weights under our names, all there and of the right shape, under theirs. */
export function writeMapped(entries: readonly Mapped[], weights: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const written = new Map<string, Tensor>();
  for (const { ours, theirs, split } of entries) {
    const whole = weights.get(ours)!;
    const parts = split ? split(whole) : [whole];
    for (const [i, { name, shape }] of theirs.entries()) written.set(name, reshapeTensor(parts[i], shape));
  }
  return written;
}
