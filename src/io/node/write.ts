import type { Tensor } from '../../tensor/tensor.js';
import { formatNpy } from '../npy.js';
import { encodePng, type PngOptions } from './encode.js';
import { writeAtomically } from './files.js';

/**
 * Write an image as a PNG, atomically.
 * @throws as {@link encodePng}, and UserError when the file cannot be written
 * @example
 * ```ts
 * import { tensor } from 'posteriori';
 * import { writePng } from 'posteriori/io/node';
 * await writePng('black.png', tensor([1, 1, 64, 64], new Float32Array(64 * 64).fill(-1)));
 * ```
 */
export async function writePng(path: string, x: Tensor, options: PngOptions = {}): Promise<void> {
  await writeAtomically(path, await encodePng(x, options));
}

/** Write a tensor as float32 NPY, values as they are, atomically. @throws UserError when the file cannot be written */
export async function writeNpy(path: string, x: Tensor): Promise<void> {
  await writeAtomically(path, formatNpy(x));
}

/** Write a value as indented JSON with a final newline, atomically. @throws UserError when the file cannot be written */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeAtomically(path, `${JSON.stringify(value, undefined, 2)}\n`);
}
