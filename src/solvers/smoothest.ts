import type { Tensor } from '../tensor/tensor.js';
import type { Measurement } from './networks/measurement.js';
import { type CglsIterate, cglsIterations } from './optimise/cgls-iterations.js';
import { shift } from './start-image.js';
import { differences, divergence } from './total-variation.js';

/**
 * The smoothest image that explains the measurement of a linear operator: `argmin_x ||y - A x||^2 / (2 sigma^2) + ||D x||^2 / (2 slope^2)`,
 * D the differences of neighbours (Tikhonov regularisation of first order), by conjugate gradients from x0. What is not measured is filled
 * harmonically.
 * @param x0 `[1, C, H, W]`
 * @param options `slope`: standard deviation of a difference; `iterations`: at most so many
 */
export async function smoothest(measurement: Measurement, x0: Tensor, options: { slope: number; iterations: number }): Promise<Tensor> {
  const { sigma } = measurement.problem;
  const weight = sigma / options.slope;
  const shape = x0.shape.slice(1);
  const [size, fields] = [x0.data.length, 2 * x0.data.length];
  const map = measurement.linear();
  const stacked = {
    forward: async (x: Float64Array) => {
      const measured = await map.forward(x);
      const out = new Float64Array(measured.length + fields);
      out.set(measured);
      differences(x, shape, out.subarray(measured.length), weight);
      return out;
    },
    adjoint: async (r: Float64Array) => {
      const measured = r.subarray(0, r.length - fields);
      const slopes = r.subarray(r.length - fields).map((value) => weight * value);
      return divergence(slopes, shape, Float64Array.from(await map.adjoint(Float64Array.from(measured))));
    },
  };
  const { difference } = await measurement.discrepancy(x0);
  const b = new Float64Array(difference.length + fields);
  b.set(difference);
  differences(Float64Array.from(x0.data), shape, b.subarray(difference.length), -weight);
  const steps = cglsIterations(stacked, b, size, { iterations: options.iterations, tolerance: 1e-5 });
  for (;;) {
    const { value, done }: IteratorResult<CglsIterate, CglsIterate> = await steps.next();
    if (done) return shift(x0, value.x);
  }
}
