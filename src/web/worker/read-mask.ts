import { holesFromPicture, isNpy, kernelFromPicture, npyTensor, type Picture, parseNpy } from '../../io/index.js';
import { parseKernel, parseMask } from '../../operators/index.js';
import { UserError } from '../../tensor/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { readPicture } from './read-file.js';

/** What a file says in numbers, or in light and dark. */
async function numbersOf(file: File, fromPicture: (picture: Picture) => Tensor): Promise<Tensor> {
  const bytes = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  if (!isNpy(bytes)) return fromPicture(await readPicture(file));
  return npyTensor(parseNpy(new Uint8Array(await file.arrayBuffer()), file.name));
}

/** A mask `[H, W]`, 1 where a pixel is kept. @throws UserError for one of another size, or one that marks nothing */
export async function readMask(file: File, size: readonly [height: number, width: number]): Promise<Tensor> {
  const mask = await numbersOf(file, (picture) => holesFromPicture(picture, file.name));
  const [rows, columns] = mask.shape.slice(-2);
  if (mask.data.length !== size[0] * size[1] || rows !== size[0] || columns !== size[1])
    throw new UserError(
      `${file.name} has ${columns} x ${rows} pixels, but the picture as it is used here has ${size[1]} x ${size[0]}. Give a mask of that size, or paint one.`,
    );
  return parseMask(mask, size);
}

/** A blur kernel `[h, w]`. @throws UserError for what is none */
export async function readKernel(file: File): Promise<Tensor> {
  return parseKernel(await numbersOf(file, kernelFromPicture)).kernel;
}
