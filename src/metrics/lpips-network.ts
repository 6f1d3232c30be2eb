import {
  add,
  broadcastTo,
  concat,
  constant,
  conv2d,
  div,
  type Expr,
  input,
  maxPool,
  mean,
  type Pair,
  relu,
  slice,
  sqrt,
  square,
  sub,
  sumSquares,
} from '../graph/index.js';
import { conv, inputParams, type ParamSpec, type Params, scope } from '../nn/index.js';
import { type Shape, tensor } from '../tensor/tensor.js';

/** The networks whose features LPIPS compares: AlexNet (Krizhevsky 2014) and VGG-16 (Simonyan and Zisserman, ICLR 2015). */
export const lpipsNets = ['alex', 'vgg'] as const;

export type LpipsNet = (typeof lpipsNets)[number];

/** A convolution with a ReLU behind it. */
interface Layer {
  /** Its number among torchvision's `features`. */
  readonly at: number;
  readonly out: number;
  /** Default 3, padded so as to keep the size. */
  readonly kernel?: number;
  readonly stride?: number;
  readonly pads?: number;
}

interface Trunk {
  /** Side of the windows of its max pooling, two pixels apart. */
  readonly window: number;
  /** The smallest side of which the last pooling leaves anything. */
  readonly side: number;
  /** The layers that lead to each of the five depths at which features are compared. */
  readonly stages: readonly (readonly Layer[])[];
  /** By depth, whether pooling comes before its layers. */
  readonly pooled: readonly boolean[];
}

const trunks: Readonly<Record<LpipsNet, Trunk>> = {
  alex: {
    window: 3,
    side: 31,
    stages: [
      [{ at: 0, out: 64, kernel: 11, stride: 4, pads: 2 }],
      [{ at: 3, out: 192, kernel: 5 }],
      [{ at: 6, out: 384 }],
      [{ at: 8, out: 256 }],
      [{ at: 10, out: 256 }],
    ],
    pooled: [false, true, true, false, false],
  },
  vgg: {
    window: 2,
    side: 16,
    stages: [
      [0, 2].map((at) => ({ at, out: 64 })),
      [5, 7].map((at) => ({ at, out: 128 })),
      [10, 12, 14].map((at) => ({ at, out: 256 })),
      [17, 19, 21].map((at) => ({ at, out: 512 })),
      [24, 26, 28].map((at) => ({ at, out: 512 })),
    ],
    pooled: [false, true, true, true, true],
  },
};

/** The smallest side that an image must have for LPIPS, by network. */
export const lpipsSide: Readonly<Record<LpipsNet, number>> = { alex: trunks.alex.side, vgg: trunks.vgg.side };

/** Mean and deviation of ImageNet, on which the networks were trained, taken to [-1, 1], in red, green and blue. */
const shift = constant(tensor([1, 3, 1, 1], [-0.03, -0.088, -0.188]));
const scale = constant(tensor([1, 3, 1, 1], [0.458, 0.448, 0.45]));

/**
 * LPIPS v0.1 of images in [-1, 1] by depth: five distances [N] whose sum it is (Zhang et al., CVPR 2018, eq. 1).
 * Features of every pixel are taken to unit length; their squared differences, weighted by channel, are averaged over the pixels. The
 * gradient is NaN where all features of a pixel are 0, as in the package lpips.
 *
 * @param params `features.K.weight`, `features.K.bias` (torchvision's names) and `linK.model.1.weight` (those of the package lpips)
 * @param a [N, C, H, W], C = 1 (repeated to three) or 3
 * @param b of the same shape
 * @throws RangeError when a side is under `lpipsSide`
 */
export function lpipsByDepth(params: Params, net: LpipsNet, a: Expr, b: Expr): Expr[] {
  const [n, , height, width] = a.shape;
  const both = broadcastTo(concat([a, b], 0), [2 * n, 3, height, width]);
  return features(params, net, div(sub(both, shift), scale)).map((x, depth) => {
    const unit = div(x, add(sqrt(sumSquares(x, [1], true)), 1e-10));
    const channels = x.shape[1];
    const weight = scope(params, `lin${depth}`)('model.1.weight', [1, channels, 1, 1], { mean: 1 / channels, bound: 0 });
    const difference = sub(slice(unit, [0], [n], [0]), slice(unit, [n], [2 * n], [0]));
    return mean(conv2d(square(difference), weight), [1, 2, 3]); // [N, 1, H', W'] to [N]
  });
}

/** What the network sees at its five depths, [N, C', H', W'] each. */
function features(params: Params, net: LpipsNet, x: Expr): Expr[] {
  const { window, stages, pooled } = trunks[net];
  const kernel: Pair = [window, window];
  let h = x;
  return stages.map((layers, depth) => {
    if (pooled[depth]) h = maxPool(h, { kernel, strides: [2, 2], dilations: [1, 1], pads: [0, 0, 0, 0] });
    for (const { at, ...options } of layers) h = relu(conv(scope(params, `features.${at}`), h, options));
    return h;
  });
}

/** Every parameter, in order of use. */
export function lpipsSpecs(net: LpipsNet): readonly ParamSpec[] {
  const { params, specs } = inputParams();
  const shape: Shape = [1, 3, lpipsSide[net], lpipsSide[net]];
  lpipsByDepth(params, net, input('a', shape), input('b', shape));
  return specs;
}
