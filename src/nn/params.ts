import { constant, type Expr, input } from '../graph/index.js';
import { UserError } from '../tensor/errors.js';
import type { Random } from '../tensor/random.js';
import { formatShape, type Shape, sameShape, sizeOf, type Tensor, tensor } from '../tensor/tensor.js';

/** How a parameter starts: uniform on [mean - bound, mean + bound]. A constant has bound 0. */
export interface Init {
  readonly mean: number;
  readonly bound: number;
}

/** A parameter as a model asks for it: state-dict name, shape and start. */
export interface ParamSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly init: Init;
}

/**
 * Where a layer gets its weights. A model is written once against this; baking weights in (inference) and
 * leaving them as graph inputs (training) are two choices of `Params`. Asked twice for a name, it gives the same node.
 */
export type Params = (name: string, shape: Shape, init: Init) => Expr;

/** Names below `prefix.` (the prefix without its last dot). */
export function scope(params: Params, prefix: string): Params {
  return (name, shape, init) => params(`${prefix}.${name}`, shape, init);
}

/**
 * Weights as constants of the graph.
 * @throws UserError naming the tensor when one is missing or has another shape.
 */
export function constantParams(weights: ReadonlyMap<string, Tensor>): Params {
  const made = new Map<string, Expr>();
  return (name, shape) => {
    const weight = checkWeight(weights, name, shape);
    const known = made.get(name) ?? constant(weight);
    made.set(name, known);
    return known;
  };
}

/** Weights as inputs of the graph, named as in the state dict; `specs` lists those asked for, in order of first use. */
export function inputParams(): { readonly params: Params; readonly specs: readonly ParamSpec[] } {
  const specs: ParamSpec[] = [];
  const made = new Map<string, Expr>();
  const params: Params = (name, shape, init) => {
    const known = made.get(name);
    if (known !== undefined) {
      if (!sameShape(known.shape, shape))
        throw new Error(`parameter ${name} is used as ${formatShape(known.shape)} and as ${formatShape(shape)}`);
      return known;
    }
    const node = input(name, shape);
    made.set(name, node);
    specs.push({ name, shape: [...shape], init });
    return node;
  };
  return { params, specs };
}

/** Seeded starting values for every parameter. Each depends on the seed and its own name only. */
export function initialise(specs: readonly ParamSpec[], random: Random): Map<string, Tensor> {
  const weights = new Map<string, Tensor>();
  for (const { name, shape, init } of specs) {
    const stream = random.fork(name);
    const data = new Float32Array(sizeOf(shape)).fill(init.mean);
    if (init.bound > 0) for (let i = 0; i < data.length; i++) data[i] = stream.uniform(init.mean - init.bound, init.mean + init.bound);
    weights.set(name, tensor(shape, data));
  }
  return weights;
}

/**
 * Hold weights against what a model asks for.
 * @throws UserError naming the first tensor that is missing, misshapen or not part of the model.
 */
export function checkWeights(specs: readonly ParamSpec[], weights: ReadonlyMap<string, Tensor>): void {
  for (const { name, shape } of specs) checkWeight(weights, name, shape);
  const known = new Set(specs.map((spec) => spec.name));
  for (const name of weights.keys()) {
    if (!known.has(name))
      throw new UserError(
        `The weights hold a tensor "${name}" that the model does not have. Check that config and weights belong together.`,
      );
  }
}

function checkWeight(weights: ReadonlyMap<string, Tensor>, name: string, shape: Shape): Tensor {
  const weight = weights.get(name);
  if (weight === undefined)
    throw new UserError(`The weights lack the tensor "${name}" ${formatShape(shape)}. Check that config and weights belong together.`);
  if (!sameShape(weight.shape, shape)) {
    throw new UserError(
      `The tensor "${name}" has shape ${formatShape(weight.shape)}, the model needs ${formatShape(shape)}. Check that config and weights belong together.`,
    );
  }
  return weight;
}
