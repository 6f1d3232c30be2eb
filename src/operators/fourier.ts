import { add, type Expr, matmul, neg, sub, transpose } from '../graph/index.js';
import { constantMatrix, type Matrix, matrixOf } from './matrix.js';

/** `exp(-i phase)` as its cosine and sine: a discrete Fourier transform, or some rows and columns of one. */
export interface FourierMatrix {
  readonly cos: Matrix;
  readonly sin: Matrix;
}

export interface FourierMatrixOptions {
  /** Which frequencies, of 0 .. length - 1, frequency zero in the middle at `floor(length / 2)`; all by default. */
  frequencies?: readonly number[];
  /** Samples that are not zero: the first, and how many; all by default. */
  samples?: readonly [first: number, count: number];
}

/**
 * The orthonormal discrete Fourier transform of `length` samples, both axes centred: `[frequencies, samples]`. As a matrix it runs on any
 * device, can leave out what is not wanted, and is its own gradient rule.
 */
export function fourierMatrix(length: number, options: FourierMatrixOptions = {}): FourierMatrix {
  const { frequencies = Array.from({ length }, (_, k) => k), samples = [0, length] } = options;
  const [first, count] = samples;
  const middle = Math.floor(length / 2);
  // whole turns are taken off first: the angle of a large product would lose digits
  const angle = (row: number, column: number): number =>
    (2 * Math.PI * (((frequencies[row] - middle) * (first + column - middle)) % length)) / length;
  const scale = 1 / Math.sqrt(length);
  return {
    cos: matrixOf(frequencies.length, count, (i, j) => scale * Math.cos(angle(i, j))),
    sin: matrixOf(frequencies.length, count, (i, j) => scale * Math.sin(angle(i, j))),
  };
}

/** A complex tensor; without `im`, a real one. */
export interface Complex {
  readonly re: Expr;
  readonly im?: Expr;
}

/** `P X Q^T` on the last two axes, P and Q Fourier matrices: the transform of an image along both axes. */
export function fourier2d({ re, im }: Complex, vertical: FourierMatrix, horizontal: FourierMatrix): Required<Complex> {
  const [cv, sv] = [constantMatrix(vertical.cos), constantMatrix(vertical.sin)];
  const [ch, sh] = [transpose(constantMatrix(horizontal.cos)), transpose(constantMatrix(horizontal.sin))];
  // (a + ib)(c - is) = (ac + bs) - i(as - bc), along rows and then along columns
  const ac = matmul(re, ch);
  const as = matmul(re, sh);
  const across = im === undefined ? { re: ac, minus: as } : { re: add(ac, matmul(im, sh)), minus: sub(as, matmul(im, ch)) };
  return {
    re: sub(matmul(cv, across.re), matmul(sv, across.minus)),
    im: neg(add(matmul(cv, across.minus), matmul(sv, across.re))),
  };
}
