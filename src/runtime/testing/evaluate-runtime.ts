import { type Expr, evaluator, topological } from '../../graph/index.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { type Compiled, checkFeeds, type Port, type Runtime } from '../runtime.js';

/**
 * A runtime for tests that "compiles" to the plain float64 evaluator: slow, exact, the same bits on every machine.
 * Feeds and results are rounded to float32, as in every runtime.
 */
export function createEvaluateRuntime(): Runtime {
  return {
    device: 'cpu',
    threads: 1,
    compile: async (outputs, options = {}) => compile(outputs, options.name ?? 'graph'),
    dispose: async () => {},
  };
}

function compile(outputs: Readonly<Record<string, Expr>>, name: string): Compiled {
  const inputs = topological(Object.values(outputs))
    .filter((node) => node.op.name === 'input')
    .map((node): Port => ({ name: node.attrs.name, shape: node.shape }));
  const compute = evaluator(outputs);
  const needed = new Set(inputs.map((port) => port.name));
  return {
    inputs,
    outputs: Object.entries(outputs).map(([key, node]) => ({ name: key, shape: node.shape })),
    async run(feeds, options = {}) {
      options.signal?.throwIfAborted();
      checkFeeds(name, inputs, needed, feeds);
      const results = compute(feeds);
      return Object.fromEntries(Object.entries(results).map(([key, { shape, data }]): [string, Tensor] => [key, tensor(shape, data)]));
    },
    dispose: async () => {},
  };
}
