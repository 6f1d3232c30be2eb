import {
  add,
  concat,
  constant,
  convTranspose2d,
  cos,
  div,
  type Expr,
  input,
  log,
  mul,
  reshape,
  silu,
  sin,
  slice,
  sqrt,
} from '../graph/index.js';
import { conv, inputParams, linear, norm, type ParamSpec, type Params, scope } from '../nn/index.js';
import { UserError } from '../tensor/errors.js';
import { tensor } from '../tensor/tensor.js';
import type { DenoiserConfig } from './config.js';

const EPS = 1e-5;
/** Frequencies that tell the network its noise level: from 1/4 to 4 per unit of ln sigma. */
const FREQUENCIES = Float32Array.from({ length: 16 }, (_, k) => 0.25 * 16 ** (k / 15));

/**
 * The clean image in x [N, C, H, W] = clean + sigma noise at sigma [N], preconditioned as in EDM (Karras et al., NeurIPS 2022, table 1):
 * `D(x, sigma) = c_skip x + c_out F(c_in x, ln sigma)`.
 *
 * F is a UNet of residual blocks without attention (after DRUNet: Zhang et al., PAMI 2021), scaled and shifted in every block by the noise
 * level, and normalised over groups of channels where `normGroups` is given; without, what it says of a place does not depend on the size
 * of the image. Sides need only be divisible by `denoiserMultiple`.
 */
export function denoiser(params: Params, config: DenoiserConfig, x: Expr, sigma: Expr): Expr {
  const multiple = denoiserMultiple(config);
  if (x.shape[2] % multiple !== 0 || x.shape[3] % multiple !== 0)
    throw new UserError(`The denoiser cannot take ${x.shape[2]} x ${x.shape[3]}: both sides must be divisible by ${multiple}.`);
  const { sigmaData } = config;
  const s = reshape(sigma, [sigma.shape[0], 1, 1, 1]);
  const total = sqrt(add(mul(s, s), sigmaData ** 2)); // deviation of x
  const skip = div(sigmaData ** 2, mul(total, total));
  const out = div(mul(s, sigmaData), total);
  return add(mul(skip, x), mul(out, network(params, config, div(x, total), log(sigma))));
}

function network(params: Params, { widths, blocks, channels, embedding, normGroups }: DenoiserConfig, x: Expr, logSigma: Expr): Expr {
  const level = silu(
    linear(scope(params, 'embed.1'), silu(linear(scope(params, 'embed.0'), features(logSigma), { out: embedding })), { out: embedding }),
  );
  const stage = (side: 'down' | 'up', l: number, h: Expr): Expr =>
    Array.from({ length: blocks[l] }).reduce<Expr>(
      (at, _, b) => residualBlock(scope(params, `${side}.${l}.${b}`), at, level, normGroups),
      h,
    );
  const last = widths.length - 1;

  let h = conv(scope(params, 'enter'), x, { out: widths[0] });
  const skips: Expr[] = [];
  for (let l = 0; l <= last; l++) {
    h = stage('down', l, h);
    if (l === last) break;
    skips.push(h);
    h = conv(scope(params, `shrink.${l}`), h, { out: widths[l + 1], kernel: 2, stride: 2, pads: 0 }); // half the sides
  }
  for (let l = last; l >= 0; l--) {
    if (l < last) h = add(grow(scope(params, `grow.${l}`), h, widths[l]), skips[l]); // twice the sides
    h = stage('up', l, h);
  }
  return conv(scope(params, 'leave'), h, { out: channels, zero: true });
}

/** `x + conv(silu((1 + scale) conv(x) + shift))`, scale and shift from the embedded noise level [N, embedding]. */
function residualBlock(params: Params, x: Expr, level: Expr, groups: number | undefined): Expr {
  const [n, width] = x.shape;
  const modulation = reshape(linear(scope(params, 'level'), level, { out: 2 * width }), [n, 2 * width, 1, 1]);
  const scale = slice(modulation, [0], [width], [1]);
  const shift = slice(modulation, [width], [2 * width], [1]);
  const normed = (name: string, y: Expr): Expr => norm(scope(params, name), y, { groups: groups!, eps: EPS });
  const conv1 = (y: Expr): Expr => conv(scope(params, 'conv1'), y, { out: width });
  const inner = groups === undefined ? conv1(x) : normed('norm2', conv1(silu(normed('norm1', x))));
  const h = add(mul(inner, add(scale, 1)), shift);
  return add(x, conv(scope(params, 'conv2'), silu(h), { out: width, zero: true }));
}

/** A transposed convolution of 2x2 at stride 2: each pixel becomes four. Names `weight` [C, out, 2, 2], `bias` [out]. */
function grow(params: Params, x: Expr, out: number): Expr {
  const channels = x.shape[1];
  const init = { mean: 0, bound: 1 / Math.sqrt(4 * out) };
  const weight = params('weight', [channels, out, 2, 2], init);
  return add(convTranspose2d(x, weight, { stride: 2 }), reshape(params('bias', [out], init), [1, out, 1, 1]));
}

/** ln sigma [N] to [N, 32]: cosines, then sines. */
function features(logSigma: Expr): Expr {
  const phase = mul(reshape(logSigma, [logSigma.shape[0], 1]), constant(tensor([1, FREQUENCIES.length], FREQUENCIES)));
  return concat([cos(phase), sin(phase)], 1);
}

/** What the sides of an image must be divisible by. */
export function denoiserMultiple({ widths }: DenoiserConfig): number {
  return 2 ** (widths.length - 1);
}

/** Every parameter of the denoiser, in order of use. */
export function denoiserSpecs(config: DenoiserConfig): readonly ParamSpec[] {
  const { params, specs } = inputParams();
  const side = denoiserMultiple(config);
  denoiser(params, config, input('x', [1, config.channels, side, side]), input('sigma', [1]));
  return specs;
}
