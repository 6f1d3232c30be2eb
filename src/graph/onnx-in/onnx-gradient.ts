import { UsageError, UserError } from '../../tensor/errors.js';
import { sizeOf } from '../../tensor/tensor.js';
import { type Expr, input, topological } from '../expr.js';
import { grad, vjp } from '../gradient.js';
import { sum } from '../operations.js';
import type { OnnxGraph } from './read-onnx.js';

export interface OnnxGradientOptions {
  /** Inputs, and parameters that were asked for, to differentiate with respect to. */
  readonly wrt: readonly string[];
  /** The output to differentiate. */
  readonly of: string;
  /** Take the gradient of the sum of the output's elements instead of a product with an upstream gradient. */
  readonly sum?: boolean;
}

export interface OnnxGradient {
  /** The output under its own name, and for each of `wrt` its gradient, called `d NAME`. */
  readonly outputs: Readonly<Record<string, Expr>>;
  /** The input `d OF` that the upstream gradient is fed to; `undefined` where the gradient is that of one number. */
  readonly upstream: string | undefined;
}

/** What the gradient with respect to a value is called. */
export function gradientName(name: string): string {
  return `d ${name}`;
}

/**
 * The gradient of a model's output. Of one number, or with `sum`, it is the gradient itself; of a tensor it is the product of an upstream
 * gradient, one more input, with the Jacobian, as `torch.autograd.grad` with `grad_outputs`.
 * @throws UserError for unknown names, whole numbers, and values that the output does not depend on
 */
export function onnxGradient(model: OnnxGraph, { wrt, of, sum: summed = false }: OnnxGradientOptions): OnnxGradient {
  const y = output(model, of);
  const unique = [...new Set(wrt)];
  if (unique.length === 0) throw new UsageError('Nothing was named to take a gradient with respect to.');
  const reached = new Set(topological([y]));
  const sources = unique.map((name) => {
    const x = source(model, name);
    if (!reached.has(x)) throw new UsageError(`The output "${of}" does not depend on "${name}": there is no gradient.`);
    return x;
  });

  const single = sizeOf(y.shape) === 1;
  const upstream = single || summed ? undefined : gradientName(of);
  const taken = new Set([...model.inputs.map((i) => i.name), of]);
  for (const name of [...unique.map(gradientName), ...(upstream === undefined ? [] : [upstream])]) {
    if (taken.has(name))
      throw new UserError(`The gradient would be called "${name}", but that name is taken: rename the value in the model.`);
    taken.add(name);
  }
  if (model.inputs.some((i) => i.name === of))
    throw new UserError(`"${of}" is the name of an input and of an output: rename one in the model.`);
  const gradients = upstream === undefined ? grad(sum(y), sources) : vjp(y, input(upstream, y.shape), sources);
  return { outputs: { [of]: y, ...Object.fromEntries(unique.map((name, i) => [gradientName(name), gradients[i]])) }, upstream };
}

function output(model: OnnxGraph, of: string): Expr {
  const y = Object.hasOwn(model.outputs, of) ? model.outputs[of] : undefined;
  if (y === undefined) throw new UsageError(`The model has no output "${of}"; its outputs are ${list(Object.keys(model.outputs))}.`);
  if (y.dtype !== 'float32') throw new UsageError(`The output "${of}" holds ${kind(y)}, which have no gradient.`);
  return y;
}

function source(model: OnnxGraph, name: string): Expr {
  const x = model.inputs.find((i) => i.name === name)?.expr ?? (Object.hasOwn(model.parameters, name) ? model.parameters[name] : undefined);
  if (x === undefined) throw new UsageError(`The model has no input "${name}"; its inputs are ${list(model.inputs.map((i) => i.name))}.`);
  if (x.dtype !== 'float32') throw new UsageError(`The input "${name}" holds ${kind(x)}: there is no gradient with respect to them.`);
  return x;
}

function kind({ dtype }: Expr): string {
  return dtype === 'int64' ? 'whole numbers' : 'booleans';
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', ');
}
