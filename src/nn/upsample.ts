import { concat, constant, conv2d, type Expr, matmul, reshape, slice } from '../graph/index.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { type Params, scope } from './params.js';

/*
 * Nearest upsampling by two followed by a 3x3 convolution, at the low resolution. Each pixel x[i] becomes two, and of three
 * neighbours in the enlarged image two always come from one pixel: y[2i] = w0 x[i-1] + (w1 + w2) x[i] and
 * y[2i+1] = (w0 + w1) x[i] + w2 x[i+1]. In two dimensions that is four convolutions of 2x2, one for each parity of row and
 * column, with 2.25 times fewer products than 9 taps at four times the pixels, forward and in both gradients.
 */

/** For parity 0 then 1: which of the three taps make up each of the two. */
const TAPS = [
  [
    [1, 0, 0],
    [0, 1, 1],
  ],
  [
    [1, 1, 0],
    [0, 0, 1],
  ],
];
const PARITIES = [0, 1];

/** The linear map from the 9 taps of a 3x3 kernel to the 4 x 4 taps of the four 2x2 kernels, [9, 16]. */
const PHASES: Tensor = tensor(
  [9, 16],
  Array.from({ length: 9 * 16 }, (_, i) => {
    const [ky, kx] = [Math.floor(i / 48), Math.floor(i / 16) % 3];
    const [a, b, u, v] = [8, 4, 2, 1].map((bit) => (i & bit ? 1 : 0));
    return TAPS[a][u][ky] * TAPS[b][v][kx];
  }),
);

/** Nearest neighbour times two, then a 3x3 convolution: [N, C, H, W], [O, C, 3, 3] and bias [O] -> [N, O, 2H, 2W]. */
export function upsampleConv(x: Expr, weight: Expr, bias?: Expr): Expr {
  const [n, c, height, width] = x.shape;
  const out = weight.shape[0];
  const kernels = matmul(reshape(weight, [out * c, 9]), constant(PHASES));
  const rows = PARITIES.map((a) => {
    const columns = PARITIES.map((b) => {
      const phase = 4 * (2 * a + b);
      const kernel = reshape(slice(kernels, [phase], [phase + 4], [1]), [out, c, 2, 2]);
      return reshape(conv2d(x, kernel, { pads: [1 - a, 1 - b, a, b], bias }), [n * out, height, 1, width, 1]);
    });
    return concat(columns, 4);
  });
  return reshape(concat(rows, 2), [n, out, 2 * height, 2 * width]);
}

/** Nearest neighbour times two, then Conv3; names `weight` [out, C, 3, 3], `bias` [out]. [N, C, H, W] -> [N, out, 2H, 2W]. */
export function upsampledConv(params: Params, x: Expr, options: { out: number }): Expr {
  const { out } = options;
  const channels = x.shape[1];
  const init = { mean: 0, bound: 1 / Math.sqrt(9 * channels) };
  const weight = params('weight', [out, channels, 3, 3], init);
  return upsampleConv(x, weight, params('bias', [out], init));
}

/** `upsampledConv` that keeps the channels, under `conv.`. */
export function upsample(params: Params, x: Expr): Expr {
  return upsampledConv(scope(params, 'conv'), x, { out: x.shape[1] });
}
