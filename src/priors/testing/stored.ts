import type { Shape, Tensor } from '../../tensor/tensor.js';
import type { StoredTensor } from '../stored-tensor.js';

/** Tensors as if they were in a file, under names of one's choice. */
export function stored(tensors: Iterable<readonly [string, Tensor]>, rename = (name: string): string => name): Map<string, StoredTensor> {
  return new Map(
    [...tensors].map(([name, tensor]) => [rename(name), { shape: tensor.shape, dtype: 'F32' as const, read: async () => tensor }]),
  );
}

/** Names and shapes of which no number may be asked for. */
export function unreadable(shapes: Iterable<readonly [string, Shape]>): Map<string, StoredTensor> {
  return new Map(
    [...shapes].map(([name, shape]) => [
      name,
      {
        shape,
        dtype: 'F32' as const,
        read: () => Promise.reject(new Error(`${name} was read`)),
      },
    ]),
  );
}
