/** A shape: sizes of the axes, outermost first. Images are `[N, C, H, W]`. `[]` is a scalar. */
export type Shape = readonly number[];

/** A dense float32 array in row-major order. The only number container of the library: images live in [-1, 1]. */
export interface Tensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

/** `[2,3]`, for error messages. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(',')}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/**
 * Wrap (not copy) data as a tensor; without data, zeros.
 * @throws RangeError when the data do not fill the shape exactly, or a size is not a whole number >= 0.
 */
export function tensor(shape: Shape, data?: ArrayLike<number>): Tensor {
  if (!shape.every((n) => Number.isInteger(n) && n >= 0)) throw new RangeError(`not a shape: ${formatShape(shape)}`);
  const size = sizeOf(shape);
  const values = data === undefined ? new Float32Array(size) : data instanceof Float32Array ? data : Float32Array.from(data);
  if (values.length !== size) throw new RangeError(`shape ${formatShape(shape)} needs ${size} values, got ${values.length}`);
  return { shape: [...shape], data: values };
}

/** A scalar tensor (shape `[]`), or one value repeated over `shape`. */
export function full(value: number, shape: Shape = []): Tensor {
  return tensor(shape, new Float32Array(sizeOf(shape)).fill(value));
}

/** The same data under another shape of equal size. */
export function reshapeTensor(x: Tensor, shape: Shape): Tensor {
  return tensor(shape, x.data);
}

/** A new tensor, one function applied to every element. */
export function mapTensor(x: Tensor, f: (value: number, index: number) => number): Tensor {
  return { shape: x.shape, data: x.data.map(f) };
}

/** A value cut to the range of images, [-1, 1]. */
export function clampToImage(value: number): number {
  return Math.min(1, Math.max(-1, value));
}
