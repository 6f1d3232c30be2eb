import { dirname, join } from 'node:path';
import { type OnnxGraph, type ReadOnnxOptions, readOnnx } from '../../graph/index.js';
import { UserError } from '../../tensor/errors.js';
import { fileSource } from './file-source.js';

/**
 * Read an ONNX file, with the weights that lie beside it, as graphs with gradients: see `readOnnx`.
 * @throws UserError when a file cannot be read, is damaged, or holds what is not supported
 */
export async function readOnnxFile(path: string, options: Omit<ReadOnnxOptions, 'name' | 'external'> = {}): Promise<OnnxGraph> {
  const source = await fileSource(path);
  try {
    if (source.size >= 2 ** 31)
      throw new UserError(
        `${path} is larger than 2 GiB, where an ONNX file ends. Export the model with its weights in a file of their own.`,
      );
    const bytes = await source.read(0, source.size);
    return await readOnnx(bytes, { ...options, name: path, external: (location) => fileSource(join(dirname(path), location)) });
  } finally {
    await source.close();
  }
}
