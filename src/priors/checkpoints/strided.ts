import { formatShape, type Shape, sizeOf, type Tensor, tensor } from '../../tensor/tensor.js';
import { decodeNumbers, storedWidths } from '../stored-numbers.js';
import type { StoredDtype } from '../stored-tensor.js';

/** A tensor's place in a storage, counted in elements. */
export interface Layout {
  readonly offset: number;
  readonly shape: Shape;
  readonly stride: readonly number[];
}

/** 2 GiB as float32: more than any layer of an image model. */
const MAX_ELEMENTS = 2 ** 29;
/** What an expanded tensor, whose elements share their numbers, may have more than its storage. */
const MAX_EXPANDED = 2 ** 22;

/** Why a tensor cannot be read out of a storage of so many elements; undefined when it can. Nothing is allocated. */
export function layoutFault({ offset, shape, stride }: Layout, elements: number): string | undefined {
  const count = sizeOf(shape);
  if (count === 0) return undefined;
  // Sums and products beyond 2^53 are inexact, and still far beyond any storage.
  const span = spanOf(shape, stride);
  if (offset + span > elements) return `it reaches element ${offset + span} of a storage of ${elements}`;
  if (count > Math.max(elements, MAX_EXPANDED))
    return `its ${formatShape(shape)} repeats the ${elements} elements of its storage too often`;
  if (Math.max(count, span) > MAX_ELEMENTS) return `it spreads over ${Math.max(count, span)} elements; ${MAX_ELEMENTS} can be held at once`;
  return undefined;
}

/**
 * The numbers of a tensor, contiguous. Its layout must be without fault.
 * @param read so many bytes of the storage, from a byte of it
 */
export async function readStrided(
  layout: Layout,
  dtype: StoredDtype,
  read: (offset: number, length: number) => Promise<Uint8Array>,
): Promise<Tensor> {
  const { shape, stride } = layout;
  if (sizeOf(shape) === 0) return tensor(shape);
  const width = storedWidths[dtype];
  const span = decodeNumbers(await read(layout.offset * width, spanOf(shape, stride) * width), dtype);
  return tensor(shape, isContiguous(shape, stride) ? span : gather(span, shape, stride));
}

/** Elements from the first to the last, both counted. The shape has no zero. */
function spanOf(shape: Shape, stride: readonly number[]): number {
  return shape.reduce((sum, n, axis) => sum + (n - 1) * stride[axis], 1);
}

function isContiguous(shape: Shape, stride: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== step) return false;
    step *= shape[axis];
  }
  return true;
}

function gather(span: Float32Array, shape: Shape, stride: readonly number[]): Float32Array {
  const out = new Float32Array(sizeOf(shape));
  const inner = shape.length - 1; // a scalar is contiguous: there is an axis
  const index = new Array<number>(inner).fill(0);
  for (let to = 0, from = 0; to < out.length; ) {
    for (let i = 0; i < shape[inner]; i++) out[to++] = span[from + i * stride[inner]];
    for (let axis = inner - 1; axis >= 0; axis--) {
      from += stride[axis];
      if (++index[axis] < shape[axis]) break;
      from -= shape[axis] * stride[axis];
      index[axis] = 0;
    }
  }
  return out;
}
