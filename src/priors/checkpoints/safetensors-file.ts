import type { ByteSource } from '../../io/byte-source.js';
import { tensor } from '../../tensor/tensor.js';
import { headerLength, parseHeader } from '../safetensors-header.js';
import { decodeNumbers, storedWidths } from '../stored-numbers.js';
import type { StoredDtype, StoredTensor, TensorFile } from '../stored-tensor.js';

const READABLE = Object.keys(storedWidths) as StoredDtype[];

/**
 * A safetensors file of any size: its header is read and checked now, a tensor when it is asked for.
 * @throws UserError when it is damaged
 */
export async function openSafetensors(source: ByteSource): Promise<TensorFile> {
  const { name: file, size } = source;
  const length = headerLength(await source.read(0, Math.min(8, size)), size, file);
  const start = 8 + length;
  const { entries, metadata } = parseHeader(await source.read(8, length), size, file, READABLE);
  const tensors = entries.map(({ name, dtype, shape, begin, end }): [string, StoredTensor] => [
    name,
    { shape, dtype, read: async () => tensor(shape, decodeNumbers(await source.read(start + begin, end - begin), dtype)) },
  ]);
  return { format: 'safetensors', tensors: new Map(tensors), metadata, close: () => source.close() };
}
