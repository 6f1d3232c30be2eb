import { add, div, type Expr, exp, less, maximum, mul, neg, pow, sub, where } from '../graph/index.js';
import { UsageError } from '../tensor/errors.js';
import type { Shape, Tensor } from '../tensor/tensor.js';
import { imageShape } from './image-shape.js';
import { convolution, parseKernel } from './kernel-blur.js';
import { graphOperator } from './linear-operator.js';
import type { Operator } from './operator.js';

export interface NonlinearBlurOptions {
  /** Exposure: light on the sensor over the light that would make the image (1.5). */
  exposure?: number;
  /** Where the sensor begins to saturate, as a share of its full signal (0.8). */
  knee?: number;
}

/**
 * What a camera makes of motion: light is smeared, not the picture. Picture values go to linear light (the sRGB curve), are blurred,
 * exposed, saturated with a soft shoulder, and go back through the camera's curve: `[C, H, W]` to itself, [-1, 1] to about [-1, 1]. So
 * lamps leave bright streaks, as in real blurred photographs. It stands where the papers have a network that was trained to blur, and needs
 * no download. Smooth or kinked everywhere, never flat: values outside [-1, 1] are continued, and keep a gradient.
 *
 * @param kernel `[h, w]`, as `parseKernel` takes it
 * @throws UserError as `parseKernel`, and for an exposure or a knee out of range.
 */
export function nonlinearBlur(image: Shape, kernel: Tensor, options: NonlinearBlurOptions = {}): Operator {
  const shape = imageShape(image);
  const { exposure = 1.5, knee = 0.8 } = options;
  if (!(exposure > 0) || exposure === Infinity) throw new UsageError(`The exposure must be above 0, got ${exposure}.`);
  if (!(knee >= 0 && knee < 1)) throw new UsageError(`The knee must be at least 0 and below 1, got ${knee}.`);
  const blur = convolution(shape, parseKernel(kernel).kernel);
  return graphOperator('nonlinear blur', {
    inputShape: shape,
    outputShape: shape,
    apply: (x) => {
      const light = blur(toLinearLight(mul(add(x, 1), 0.5)));
      return sub(mul(toPicture(shoulder(mul(light, exposure), knee)), 2), 1);
    },
  });
}

/** Picture values in [0, 1] to linear light (IEC 61966-2-1). Its straight part near black goes on below 0. */
function toLinearLight(v: Expr): Expr {
  const start = 0.04045;
  return where(less(v, start), div(v, 12.92), pow(div(add(maximum(v, start), 0.055), 1.055), 2.4));
}

/** The inverse of `toLinearLight`. */
function toPicture(light: Expr): Expr {
  const start = 0.0031308;
  return where(less(light, start), mul(light, 12.92), sub(mul(pow(maximum(light, start), 1 / 2.4), 1.055), 0.055));
}

/** The signal unchanged up to the knee, from there bent towards 1, which it never reaches; slope 1 at the knee. */
function shoulder(signal: Expr, knee: number): Expr {
  const room = 1 - knee;
  const beyond = div(sub(maximum(signal, knee), knee), room);
  return where(less(signal, knee), signal, sub(1, mul(exp(neg(beyond)), room)));
}
