import { concat, constant, type Expr, matmul, mul, neg, slice, sub } from '../graph/index.js';
import { UsageError, UserError } from '../tensor/errors.js';
import type { Random } from '../tensor/random.js';
import { formatShape, mapTensor, type Shape, type Tensor, tensor } from '../tensor/tensor.js';
import { type Complex, fourier2d, fourierMatrix } from './fourier.js';
import { imageShape } from './image-shape.js';
import { linearOperator } from './linear-operator.js';
import { constantMatrix, matrixOf } from './matrix.js';
import type { LinearOperator } from './operator.js';
import type { SpectralForm } from './spectral.js';

/**
 * One coil of a magnetic resonance scan that leaves out lines of k-space: an image to the L observed lines of its orthonormal
 * Fourier transform, `[2, L, W]` (real and imaginary), frequency zero in the middle, lines from the most negative frequency up.
 *
 * An image `[1, H, W]` is a magnitude, without signal where x = -1: what is transformed is x + 1, so the operator is affine, and its noise
 * in the unit of x. `[2, H, W]` is a complex image, real and imaginary parts, transformed as it is.
 *
 * @param lines `[H]`, above 0 where a line is observed
 * @throws UserError for another number of channels, lines of another height, or none observed.
 */
export function mri(image: Shape, lines: Tensor): LinearOperator {
  const shape = imageShape(image);
  const [channels, height, width] = shape;
  if (channels > 2)
    throw new UserError(`MRI takes one channel, a magnitude, or two, a complex image; the image has ${channels}. Convert it to grey.`);
  const observed = observedLines(lines, height);
  const columns = fourierMatrix(width);
  const rows = fourierMatrix(height, { frequencies: observed });
  const outputShape = [2, observed.length, width];
  return linearOperator('mri', {
    inputShape: shape,
    outputShape,
    linearPart: (x) => stackParts(fourier2d(complexOf(x), rows, columns)),
    offset: channels === 1 ? transformOfOnes(outputShape, observed, height) : undefined,
    spectral: () => (channels === 1 ? hartleyForm(shape, observed) : fourierForm(shape, observed)),
  });
}

export const linePatterns = ['random', 'equispaced'] as const;

export interface LineMaskOptions {
  /** Lines of the whole over lines observed (4). */
  acceleration?: number;
  /** Share of all lines, about frequency zero, that is always observed (0.08). */
  center?: number;
  /** How the other lines are chosen (`random`). */
  pattern?: (typeof linePatterns)[number];
}

/**
 * Which lines of k-space a quick scan reads, `[height]` of 1 and 0: a block about frequency zero, and others up to `height / acceleration`
 * in all, at random or at equal distances from a random start (as the fastMRI challenge has them, 4 and 0.08).
 *
 * @throws UserError for an acceleration below 1 or beyond the number of lines, or a share outside [0, 1].
 */
export function lineMask(height: number, random: Random, options: LineMaskOptions = {}): Tensor {
  const { acceleration = 4, center = 0.08, pattern = 'random' } = options;
  if (!(acceleration >= 1 && acceleration <= height))
    throw new UsageError(`The acceleration lies from 1 to the ${height} lines of the image; got ${acceleration}.`);
  if (!(center >= 0 && center <= 1)) throw new UsageError(`The share of lines in the centre lies from 0 to 1; got ${center}.`);
  const total = Math.max(1, Math.round(height / acceleration));
  const block = Math.min(total, Math.max(1, Math.round(height * center)));
  const first = Math.floor(height / 2) - Math.floor(block / 2);
  const mask = new Float32Array(height).fill(1, first, first + block);
  const free = [...mask.keys()].filter((line) => mask[line] === 0);
  const wanted = total - block;
  const start = random.uniform();
  for (let k = 0; k < wanted; k++) {
    const at = pattern === 'random' ? random.integer(free.length) : Math.floor(((k + start) * free.length) / wanted);
    mask[free[at]] = 1;
    if (pattern === 'random') free.splice(at, 1);
  }
  return tensor([height], mask);
}

function observedLines(lines: Tensor, height: number): number[] {
  if (lines.data.length !== height)
    throw new UserError(
      `The line mask has the shape ${formatShape(lines.shape)}, but the image has ${height} rows: give one number for each of its ${height} lines.`,
    );
  const observed = [...lines.data.keys()].filter((line) => lines.data[line] > 0);
  if (observed.length === 0) throw new UserError('The line mask observes no line: there is nothing to reconstruct from.');
  return observed;
}

/** A transform of 1 everywhere has one entry, at frequency zero. */
function transformOfOnes(outputShape: Shape, observed: readonly number[], height: number): Tensor {
  const offset = tensor(outputShape);
  const [, , width] = outputShape;
  const line = observed.indexOf(Math.floor(height / 2));
  if (line >= 0) offset.data[line * width + Math.floor(width / 2)] = Math.sqrt(height * width);
  return offset;
}

/** `[N, 1 or 2, H, W]` as a complex image `[N, 1, H, W]`. */
function complexOf(x: Expr): Complex {
  return x.shape[1] === 1 ? { re: x } : { re: slice(x, [0], [1], [1]), im: slice(x, [1], [2], [1]) };
}

function stackParts({ re, im }: Required<Complex>): Expr {
  return concat([re, im], 1);
}

/** The basis of a complex image is the transform itself: each frequency is seen, or it is not. */
function fourierForm(shape: Shape, observed: readonly number[]): SpectralForm {
  const [, height, width] = shape;
  const [rows, columns] = [fourierMatrix(height), fourierMatrix(width)];
  const place = constantMatrix(matrixOf(height, observed.length, (i, k) => (observed[k] === i ? 1 : 0)));
  const seen = new Set(observed);
  return {
    singularValues: tensor(
      shape,
      lineValues(shape, (line) => (seen.has(line) ? 1 : 0), width),
    ),
    coefficients: (x) => stackParts(fourier2d(complexOf(x), rows, columns)),
    // The transform is symmetric and unitary: its inverse is its conjugate.
    image: (c) => {
      const { re, im } = complexOf(c) as Required<Complex>;
      const back = fourier2d({ re, im: neg(im) }, rows, columns);
      return stackParts({ re: back.re, im: neg(back.im) });
    },
    measured: (y) => matmul(place, y),
  };
}

/**
 * A real image has a Hermitian transform, so a frequency and its opposite say the same: its basis is the Hartley one, the real part of
 * the transform less the imaginary, and the square of a singular value is the mean of the two masks. The basis is symmetric, V = V^T.
 */
function hartleyForm(shape: Shape, observed: readonly number[]): SpectralForm {
  const [, height, width] = shape;
  const [rows, columns] = [fourierMatrix(height), fourierMatrix(width)];
  const seen = new Set(observed);
  const opposite = (line: number): number => (2 * Math.floor(height / 2) - line) % height;
  const share = (line: number): number => ((seen.has(line) ? 1 : 0) + (seen.has(opposite(line)) ? 1 : 0)) / 2;
  const values = tensor(
    shape,
    lineValues(shape, (line) => Math.sqrt(share(line)), width),
  );
  const inverse = constant(mapTensor(values, (s) => (s > 0 ? 1 / s : 0)));
  const hartley = (x: Expr): Expr => {
    const { re, im } = fourier2d({ re: x }, rows, columns);
    return sub(re, im);
  };
  const complex = fourierForm([2, height, width], observed);
  return {
    singularValues: values,
    coefficients: hartley,
    image: hartley,
    // U^T = S^+ V^T A^T, which loses no digits here: a singular value is 0, 1 or the root of a half
    measured: (y) => mul(hartley(complexOf(complex.image(complex.measured(y))).re), inverse),
  };
}

/** The same value along each line. */
function lineValues(shape: Shape, value: (line: number) => number, width: number): Float32Array {
  const [, height] = shape;
  return Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => value(Math.floor(i / width) % height));
}
