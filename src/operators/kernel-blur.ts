import type { Expr } from '../graph/index.js';
import { UsageError, UserError } from '../tensor/errors.js';
import { formatShape, type Shape, type Tensor, tensor } from '../tensor/tensor.js';
import { fourierConvolution } from './fourier-convolution.js';
import { imageShape } from './image-shape.js';
import { linearOperator } from './linear-operator.js';
import type { LinearOperator } from './operator.js';

/**
 * Blur by any kernel, edges mirrored without repeating the edge pixel: `[C, H, W]` to itself, all channels alike. A convolution: a bright
 * point becomes the kernel as it is drawn.
 *
 * @param kernel `[h, w]`, as `parseKernel` takes and makes it
 * @throws UserError as `parseKernel`, or when the kernel is larger than the image.
 * @example
 * ```ts
 * import { operators, Random } from 'posteriori';
 * const operator = operators.kernelBlur([3, 256, 256], operators.motionKernel(new Random(0), { size: 31 }));
 * ```
 */
export function kernelBlur(image: Shape, kernel: Tensor): LinearOperator {
  const shape = imageShape(image);
  const blur = convolution(shape, parseKernel(kernel).kernel);
  return linearOperator('blur', { inputShape: shape, outputShape: shape, linearPart: blur });
}

/** `[N, C, H, W]` blurred by a kernel `[h, w]` with odd sides. @throws UserError when it is larger than the image. */
export function convolution(image: Shape, kernel: Tensor): (x: Expr) => Expr {
  const [, height, width] = image;
  const [h, w] = kernel.shape;
  if (h > height || w > width)
    throw new UsageError(
      `The blur kernel is ${h} x ${w}, larger than the image of ${height} x ${width}: choose a smaller kernel size, or a larger image.`,
    );
  return fourierConvolution(image, kernel);
}

/**
 * A blur kernel out of any tensor of `[h, w]` (leading sizes of 1 allowed): checked and scaled to the sum 1.
 * @returns notices: that it did not sum to 1.
 * @throws UserError when a side is even, an entry negative or not finite, or all are zero.
 */
export function parseKernel(value: Tensor, name = 'The blur kernel'): { kernel: Tensor; notices: string[] } {
  const sides = value.shape.slice(-2);
  if (sides.length < 2 || value.shape.slice(0, -2).some((n) => n !== 1))
    throw new UserError(`${name} has the shape ${formatShape(value.shape)}; it must be one grey image, [rows, columns].`);
  const [height, width] = sides;
  if (height % 2 === 0 || width % 2 === 0)
    throw new UserError(
      `${name} is ${height} x ${width}: both sides must be odd, so that it has a middle pixel. Add or remove a row or column.`,
    );
  const bad = value.data.find((entry) => !Number.isFinite(entry) || entry < 0);
  if (bad !== undefined)
    throw new UserError(`${name} holds ${bad}: its entries are shares of light, 0 or more, and black must be 0. Correct the values.`);
  const total = value.data.reduce((a, b) => a + b, 0);
  if (total === 0) throw new UserError(`${name} is zero everywhere: it would let no light through. Give one with a bright path.`);
  const notices =
    Math.abs(total - 1) < 1e-3 ? [] : [`${name} summed to ${Number(total.toPrecision(4))}; it was scaled to 1, which keeps brightness.`];
  notices.push(...borderNotices(value, height, width, total, name));
  // A kernel that sums to 1 as far as float32 can tell is left as it is: saved and read again it has the same bits.
  const scale = Math.abs(total - 1) < 1e-6 ? 1 : 1 / total;
  return {
    kernel: tensor(
      sides,
      value.data.map((entry) => entry * scale),
    ),
    notices,
  };
}

/** Share of a kernel's light that a ground which is not black may bring before it is told. */
const LIT_GROUND = 0.05;

/** Whether the ground that a kernel is drawn on, which its border shows, lets light through. */
function borderNotices({ data }: Tensor, height: number, width: number, total: number, name: string): string[] {
  if (height < 5 || width < 5) return [];
  const border = Array.from(data.slice(-height * width))
    .filter((_, i) => i < width || i >= (height - 1) * width || i % width === 0 || i % width === width - 1)
    .sort((a, b) => a - b);
  const ground = border[border.length >> 1];
  const [least, most] = data.reduce(([low, high], entry) => [Math.min(low, entry), Math.max(high, entry)], [Infinity, -Infinity]);
  const share = (ground * height * width) / total;
  if (share <= LIT_GROUND || least === most) return []; // the same everywhere: the mean over a rectangle
  if (ground > (least + most) / 2)
    return [`${name} has a bright border and a dark middle: it looks inverted. Its path must be bright on black.`];
  return [
    `${name} has a border that is not black, and ${Math.round(100 * Math.min(1, share))} % of its light would come from that ground. Subtract it, unless the blur does reach so far.`,
  ];
}
