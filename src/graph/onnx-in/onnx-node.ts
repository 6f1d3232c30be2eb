import { type AttributeProto, AttributeProto_AttributeType as Kind, type NodeProto, type TensorProto } from 'onnx-buf';
import { formatShape } from '../../tensor/tensor.js';
import { axisOf, type Expr } from '../expr.js';
import { type Claim, isKnown, type Known, move, plain, toExpr, type Value } from './values.js';

/**
 * What the rule of an operator sees of one node: its inputs, and its attributes under their types.
 * Its methods throw RangeError or TypeError for what the node lacks or gets wrong; the reader adds the node's name.
 */
export class OnnxNode {
  constructor(
    readonly proto: NodeProto,
    readonly opset: number,
    readonly inputs: ReadonlyArray<Value | undefined>,
    private readonly attributes: ReadonlyMap<string, AttributeProto>,
    /** Asks for room for values computed at import. */
    readonly claim: Claim,
    readonly tensorOf: (proto: TensorProto) => Known,
  ) {}

  /** Whether an (optional) input is there. */
  has(i: number): boolean {
    return this.inputs[i] !== undefined;
  }

  /** @throws RangeError when it is missing */
  value(i: number): Value {
    const value = this.inputs[i];
    if (value === undefined) throw new RangeError(`its input number ${i + 1} is missing`);
    return value;
  }

  /** An input as a graph of floats. */
  expr(i: number): Expr {
    const value = this.value(i);
    if (value.dtype !== 'float32')
      throw new TypeError(
        `its input number ${i + 1} holds ${value.dtype === 'int64' ? 'whole numbers' : 'booleans'}; with these it is supported only where they are known when the model is read`,
      );
    return toExpr(value);
  }

  /** An input whose value must be known at import. */
  known(i: number): Known {
    const value = this.value(i);
    if (isKnown(value)) return value;
    throw new RangeError(`its input number ${i + 1}, "${this.proto.input[i]}", depends on the model's inputs; it must be a constant here`);
  }

  /** Known whole numbers: axes, sizes, indices. */
  wholes(i: number): number[] {
    const value = this.known(i);
    if (value.dtype !== 'int64') throw new TypeError(`its input number ${i + 1} must hold whole numbers, got ${value.dtype}`);
    return plain(value);
  }

  /** A known number. */
  scalar(i: number): number {
    const { data, shape } = this.known(i);
    if (data.length !== 1) throw new RangeError(`its input number ${i + 1} must be one number, got shape ${formatShape(shape)}`);
    return Number(data[0]);
  }

  /** Elements moved about: see `moved`. */
  move(values: readonly Value[], f: (...x: Expr[]) => Expr): Value {
    return move(this.claim, values, f);
  }

  hasAttribute(name: string): boolean {
    return this.attributes.has(name);
  }

  int(name: string, fallback?: number): number {
    const attribute = this.attribute(name, Kind.INT, fallback !== undefined);
    return attribute === undefined ? fallback! : Number(attribute.i);
  }

  float(name: string, fallback?: number): number {
    const attribute = this.attribute(name, Kind.FLOAT, fallback !== undefined);
    return attribute === undefined ? fallback! : attribute.f;
  }

  ints(name: string): number[] | undefined {
    return this.attribute(name, Kind.INTS, true)?.ints.map(Number);
  }

  floats(name: string): number[] | undefined {
    return this.attribute(name, Kind.FLOATS, true)?.floats;
  }

  string(name: string, fallback: string): string {
    const attribute = this.attribute(name, Kind.STRING, true);
    return attribute === undefined ? fallback : new TextDecoder().decode(attribute.s);
  }

  tensor(name: string): TensorProto | undefined {
    return this.attribute(name, Kind.TENSOR, true)?.t;
  }

  /** Axes from an attribute in older opsets, from an input since. `undefined` when neither is there. */
  axes(since: number, input: number): number[] | undefined {
    if (this.opset < since) return this.ints('axes');
    return this.has(input) ? this.wholes(input) : undefined;
  }

  /** Axes counted from the front. @throws RangeError outside the rank, or when one is named twice */
  checkAxes(axes: readonly number[], rank: number): number[] {
    const found = axes.map((a) => axisOf(a, rank));
    if (new Set(found).size !== found.length) throw new RangeError(`the axes [${axes}] name one twice`);
    return found;
  }

  private attribute(name: string, type: Kind, optional: boolean): AttributeProto | undefined {
    const attribute = this.attributes.get(name);
    if (attribute === undefined) {
      if (optional) return undefined;
      throw new RangeError(`its attribute "${name}" is missing`);
    }
    if (attribute.type !== type)
      throw new TypeError(`its attribute "${name}" should be ${Kind[type]}, but is ${Kind[attribute.type] ?? attribute.type}`);
    return attribute;
  }
}

/** The meaning of an operator: its outputs in order, those that are not supported left out at the end. */
export type Rule = (n: OnnxNode) => Value | readonly Value[];
