import { formatShape, type Shape, sizeOf, type Tensor, tensor } from '../tensor/tensor.js';
import type { Emitter } from './emitter.js';

/** All operations, handed to gradient rules so that families of operations need not import one another in circles. */
export type Language = typeof import('./operations.js');

export type DType = 'float32' | 'int64' | 'bool';

/** What the float64 evaluator works on; whole numbers and booleans (0, 1) are kept as doubles too. */
export interface Values {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/**
 * One operation of the language. Its shape rule is the function that builds it; beside that function stand its
 * gradient rule, its float64 meaning and its ONNX form.
 */
export interface Op<A = unknown> {
  readonly name: string;
  /**
   * Gradients for each input, given the gradient `g` of the output. `undefined` where none flows, and allowed where
   * `wanted` says that it is not asked for: a rule may save itself the work.
   */
  gradient?(node: Expr<A>, g: Expr, ops: Language, wanted: readonly boolean[]): ReadonlyArray<Expr | undefined>;
  evaluate(node: Expr<A>, inputs: readonly Values[]): Float64Array;
  /** Emit ONNX nodes; return the name of the result. */
  onnx(node: Expr<A>, inputs: readonly string[], emit: Emitter): string;
}

/** A symbolic tensor: an operation applied to other symbolic tensors. Immutable, with a static shape. */
// biome-ignore lint/suspicious/noExplicitAny: attributes are typed by each operation, not by the language
export interface Expr<A = any> {
  readonly op: Op<A>;
  readonly inputs: readonly Expr[];
  readonly attrs: A;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Wherever arithmetic takes a symbolic tensor it also takes a number. */
export type Operand = Expr | number;

export function node<A>(op: Op<A>, inputs: readonly Expr[], attrs: A, shape: Shape, dtype: DType = 'float32'): Expr<A> {
  return { op, inputs, attrs, shape, dtype };
}

export interface InputAttrs {
  readonly name: string;
}

export const inputOp: Op<InputAttrs> = {
  name: 'input',
  evaluate(n) {
    throw new Error(`input "${n.attrs.name}" was not fed`);
  },
  onnx: (n) => n.attrs.name,
};

/** A named input of a graph, fed anew on each run. */
export function input(name: string, shape: Shape, dtype: DType = 'float32'): Expr<InputAttrs> {
  return node(inputOp, [], { name }, [...shape], dtype);
}

export interface ConstantAttrs {
  readonly data: Float32Array | Int32Array;
}

export const constantOp: Op<ConstantAttrs> = {
  name: 'constant',
  evaluate: (n) => Float64Array.from(n.attrs.data),
  onnx: (n, _inputs, emit) =>
    n.attrs.data instanceof Float32Array ? emit.floats(n.shape, n.attrs.data) : emit.ints(n.shape, n.attrs.data),
};

/** A constant: a number (a scalar) or a tensor, which becomes part of the compiled graph. */
export function constant(value: Tensor | number): Expr<ConstantAttrs> {
  const t = typeof value === 'number' ? tensor([], [value]) : value;
  return node(constantOp, [], { data: t.data }, t.shape);
}

/** A constant of whole numbers (int64), for indices. */
export function constantInt(shape: Shape, values: ArrayLike<number>): Expr<ConstantAttrs> {
  const data = Int32Array.from(values);
  if (data.length !== sizeOf(shape)) throw new RangeError(`shape ${formatShape(shape)} needs ${sizeOf(shape)} values, got ${data.length}`);
  return node(constantOp, [], { data }, [...shape], 'int64');
}

export function isConstant(x: Expr): x is Expr<ConstantAttrs> {
  return x.op === constantOp;
}

/** The value of a constant scalar or of a constant with one value throughout; otherwise `undefined`. */
export function constantValue(x: Expr): number | undefined {
  if (!isConstant(x)) return undefined;
  const data: Float32Array | Int32Array = x.attrs.data;
  const first = data[0];
  return data.every((v) => v === first) ? first : undefined;
}

export function lift(x: Operand): Expr {
  return typeof x === 'number' ? constant(x) : x;
}

/** All expressions that `outputs` depend on, each after its inputs. Iterative: graphs are deeper than the stack. */
export function topological(outputs: readonly Expr[]): Expr[] {
  const order: Expr[] = [];
  const done = new Set<Expr>();
  const stack: Array<{ node: Expr; next: number }> = [];
  for (const output of outputs) {
    if (done.has(output)) continue;
    done.add(output);
    stack.push({ node: output, next: 0 });
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next < top.node.inputs.length) {
        const child = top.node.inputs[top.next++];
        if (!done.has(child)) {
          done.add(child);
          stack.push({ node: child, next: 0 });
        }
      } else {
        order.push(top.node);
        stack.pop();
      }
    }
  }
  return order;
}

/** Axis counted from the end when negative. @throws RangeError outside the rank. */
export function axisOf(axis: number, rank: number): number {
  const a = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(a) || a < 0 || a >= rank) throw new RangeError(`axis ${axis} does not exist in a tensor of rank ${rank}`);
  return a;
}
