import { input } from '../graph/index.js';
import type { Runtime } from '../runtime/index.js';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.js';
import { isLinear, type Operator } from './operator.js';

/** What an operator measures of one image `[1, C, H, W]`, without noise: `[1, ...outputShape]`. Without a graph where it needs none. */
export async function measure(operator: Operator, x: Tensor, runtime: Runtime): Promise<Tensor> {
  const shape = [1, ...operator.outputShape];
  if (isLinear(operator) && operator.direct) {
    const { offset, direct } = operator;
    const y = await direct.on(runtime.workers).forward(Float64Array.from(x.data));
    return tensor(
      shape,
      Float64Array.from({ length: sizeOf(shape) }, (_, i) => y[i] + offset.data[i]),
    );
  }
  const compiled = await runtime.compile({ y: operator.apply(input('x', x.shape)) }, { name: operator.name });
  try {
    return (await compiled.run({ x })).y;
  } finally {
    await compiled.dispose();
  }
}
