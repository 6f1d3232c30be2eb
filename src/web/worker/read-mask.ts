import { holesFromPicture, isNpy, npyTensor, parseNpy } from '../../io/index.js';
import { parseMask } from '../../operators/index.js';
import { UserError } from '../../tensor/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { readPicture } from './read-file.js';

/** A mask `[H, W]`, 1 where a pixel is kept. @throws UserError for one of another size, or one that marks nothing */
export async function readMask(file: File, size: readonly [height: number, width: number]): Promise<Tensor> {
  const bytes = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  const mask = isNpy(bytes)
    ? npyTensor(parseNpy(new Uint8Array(await file.arrayBuffer()), file.name))
    : holesFromPicture(await readPicture(file), file.name);
  const [rows, columns] = mask.shape.slice(-2);
  if (mask.data.length !== size[0] * size[1] || rows !== size[0] || columns !== size[1])
    throw new UserError(
      `${file.name} has ${columns} x ${rows} pixels, but the picture as it is used here has ${size[1]} x ${size[0]}. Give a mask of that size, or paint one.`,
    );
  return parseMask(mask, size);
}
