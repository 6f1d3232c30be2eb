import { Random } from '../../tensor/random.js';
import { inner, type LinearMap } from './cgls-iterations.js';

/** `||A||^2`, the greatest eigenvalue of `A^T A`, by the power method; from below, within some percent after 20 iterations. */
export async function squaredNorm(map: LinearMap, size: number, iterations = 20): Promise<number> {
  // a direction that every A sees some of; the same one always
  let x: Float64Array = Float64Array.from(new Random(1).normals([size]).data, (value) => 1 + 0.1 * value);
  let norm = 0;
  for (let k = 0; k < iterations; k++) {
    const length = Math.sqrt(inner(x, x));
    if (length === 0) return 0;
    x = await map.adjoint(await map.forward(x.map((value) => value / length)));
    norm = Math.sqrt(inner(x, x));
  }
  return norm;
}
