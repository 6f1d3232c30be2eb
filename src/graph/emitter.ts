import type { Shape } from '../tensor/tensor.js';

/** An ONNX attribute: a whole number or list of them, a string, or a `{ float }`. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** What an operation sees of the ONNX writer. Every method returns the name of a value. */
export interface Emitter {
  /** Only operators of the ONNX standard may be written, not those that ONNX Runtime adds. */
  readonly standard: boolean;
  /** The graph is for ONNX Runtime's WebGPU engine. */
  readonly webgpu: boolean;
  op(type: string, inputs: readonly string[], attributes?: Readonly<Record<string, Attribute>>, domain?: string): string;
  floats(shape: Shape, data: ArrayLike<number>): string;
  /** int64. */
  ints(shape: Shape, data: ArrayLike<number>): string;
  ints32(shape: Shape, data: Int32Array): string;
}
