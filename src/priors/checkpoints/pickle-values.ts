import type { Shape } from '../../tensor/tensor.js';
import type { StoredDtype } from '../stored-tensor.js';

/**
 * What a pickle builds here: plain data, places of tensors, and names. Tuples and lists are arrays. Integers beyond 2^53 are bigint.
 * Tables are `Map` and never objects, so that no key of a file means anything to JavaScript.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | Inert
  | PickledStorage
  | PickledTensor;

/** The name of a class, function or object of Python that is nothing here: it cannot be run, opened or looked into. */
export class Inert {
  constructor(readonly name: string) {}
}

/** The numbers behind one or more tensors. */
export class PickledStorage {
  /** @param elements how many numbers */
  constructor(
    readonly key: string,
    readonly dtype: StoredDtype,
    readonly elements: number,
  ) {}
}

/** A view of a storage: where its elements lie, all counted in elements. */
export class PickledTensor {
  constructor(
    readonly storage: PickledStorage,
    readonly offset: number,
    readonly shape: Shape,
    readonly stride: readonly number[],
  ) {}
}
