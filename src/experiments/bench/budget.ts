import type { Reconstruction } from '../../solvers/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Budget } from './run-spec.js';

/**
 * A reconstruction that ends when its budget is spent: its last clean estimate is the result. A method that told none by then goes on to
 * the first that it tells.
 */
export async function* endAtBudget(
  run: Reconstruction,
  { seconds = Number.POSITIVE_INFINITY, network = Number.POSITIVE_INFINITY }: Budget,
): Reconstruction {
  const start = performance.now();
  let last: Tensor | undefined;
  try {
    for (;;) {
      const next = await run.next();
      if (next.done) return next.value;
      yield next.value;
      const { estimate, counts } = next.value;
      last = estimate ?? last;
      const spent = (performance.now() - start) / 1000 >= seconds || counts.network + counts.networkGradients >= network;
      if (spent && last !== undefined) return last;
    }
  } finally {
    await run.return(undefined as never);
  }
}
