import { writeAtomically } from '../../io/node/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { SafetensorsDtype } from '../safetensors.js';
import { formatHeader } from '../safetensors-header.js';
import { encodeNumbers } from '../stored-numbers.js';
import type { StoredTensor } from '../stored-tensor.js';

export interface WriteSafetensorsOptions {
  /** Default F32; halves round to nearest even. */
  readonly dtype?: SafetensorsDtype;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Told after each tensor. */
  readonly progress?: (done: number, total: number) => void;
}

/**
 * Write tensors as a safetensors file, in the order of the map, one after another: no more than one is held, so stored ones may be far larger than the memory.
 * The file has its name only when it is whole.
 * @throws UserError when it cannot be written, a stored tensor cannot be read, or a finite value does not fit F16
 */
export async function writeSafetensorsFile(
  path: string,
  tensors: ReadonlyMap<string, Tensor | StoredTensor>,
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  await writeAtomically(path, pieces(tensors, options));
}

async function* pieces(
  tensors: ReadonlyMap<string, Tensor | StoredTensor>,
  { dtype = 'F32', metadata, progress }: WriteSafetensorsOptions,
): AsyncGenerator<Uint8Array> {
  yield formatHeader(tensors, dtype, metadata);
  let done = 0;
  for (const [name, tensor] of tensors) {
    const { data } = 'read' in tensor ? await tensor.read() : tensor;
    yield encodeNumbers(data, dtype, name);
    progress?.(++done, tensors.size);
  }
}
