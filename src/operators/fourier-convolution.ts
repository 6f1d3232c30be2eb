import { add, constant, type Expr, mul, neg, sub } from '../graph/index.js';
import type { Shape, Tensor } from '../tensor/tensor.js';
import { type FourierMatrix, fourier2d, fourierMatrix } from './fourier.js';
import { type Matrix, matrixOf, transposeMatrix } from './matrix.js';

/**
 * Convolution of images `[N, C, H, W]` with a kernel `[h, w]` of odd sides, not larger than the image, edges mirrored without repeating the
 * edge pixel. By way of the Fourier transform as matrix products: engines multiply matrices at their full speed, but are
 * slow at a convolution of one channel with a large kernel: 61 x 61 on 256 x 256 took 15 times as long forward, 50 times back. The mirrored
 * edges are folded into the transform, and what lies beyond the image is left out of its inverse.
 */
export function fourierConvolution(image: Shape, kernel: Tensor): (x: Expr) => Expr {
  const [, height, width] = image;
  const [h, w] = kernel.shape;
  const vertical = axis(height, h, false);
  const horizontal = axis(width, w, true); // of a real image half of the frequencies say all
  const response = fourier2d({ re: constant(kernel) }, vertical.kernel, horizontal.kernel);
  const scale = Math.sqrt(vertical.length * horizontal.length); // transforms are orthonormal, and a product of two has one root too many
  const [re, im] = [mul(response.re, scale), mul(response.im, scale)];
  return (x) => {
    const spectrum = fourier2d({ re: x }, vertical.image, horizontal.image);
    const product = { re: sub(mul(spectrum.re, re), mul(spectrum.im, im)), im: add(mul(spectrum.re, im), mul(spectrum.im, re)) };
    // the inverse is the transpose of the conjugate: its real part is that of the transpose on the conjugate
    return fourier2d({ re: product.re, im: neg(product.im) }, vertical.inverse, horizontal.inverse).re;
  };
}

interface Axis {
  /** Of the image with its mirrored edges. */
  readonly length: number;
  /** `[frequencies, pixels]`, of an image with mirrored edges. */
  readonly image: FourierMatrix;
  /** `[frequencies, taps]` */
  readonly kernel: FourierMatrix;
  /** `[pixels, frequencies]`, not yet conjugated; of half of the frequencies, each counts for its opposite too. */
  readonly inverse: FourierMatrix;
}

function axis(pixels: number, taps: number, half: boolean): Axis {
  const radius = (taps - 1) / 2;
  const length = pixels + 2 * radius;
  const middle = Math.floor(length / 2); // frequency zero, and the origin of samples
  const frequencies = half ? Array.from({ length: Math.floor(length / 2) + 1 }, (_, k) => middle + k) : Array.from({ length }, (_, k) => k);
  const counts = frequencies.map((k) => (half && k > middle && 2 * (k - middle) < length ? 2 : 1));
  return {
    length,
    image: both(fourierMatrix(length, { frequencies }), (matrix) => mirrorEdges(matrix, pixels, radius)),
    kernel: fourierMatrix(length, { frequencies, samples: [middle - radius, taps] }),
    inverse: both(fourierMatrix(length, { frequencies, samples: [radius, pixels] }), ({ rows, columns, data }) =>
      transposeMatrix(matrixOf(rows, columns, (i, j) => counts[i] * data[i * columns + j])),
    ),
  };
}

/** Columns of samples beyond the image, added to those of the pixels that they mirror. */
function mirrorEdges({ rows, columns, data }: Matrix, pixels: number, radius: number): Matrix {
  const out = matrixOf(rows, pixels, () => 0);
  for (let j = 0; j < columns; j++) {
    const at = Math.abs(j - radius);
    const pixel = at < pixels ? at : 2 * (pixels - 1) - at;
    for (let i = 0; i < rows; i++) out.data[i * pixels + pixel] += data[i * columns + j];
  }
  return out;
}

function both({ cos, sin }: FourierMatrix, f: (matrix: Matrix) => Matrix): FourierMatrix {
  return { cos: f(cos), sin: f(sin) };
}
