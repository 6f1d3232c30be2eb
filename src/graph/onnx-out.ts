import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { type Shape, sizeOf } from '../tensor/tensor.js';
import type { Attribute, Emitter } from './emitter.js';
import { type DType, type Expr, inputOp, isConstant, topological } from './expr.js';
import { simplify } from './simplify.js';

/** A named value at the border of a compiled graph. */
export interface Port {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A large constant that the model refers to by `path` instead of holding it. */
export interface ExternalConstant {
  readonly path: string;
  readonly data: Uint8Array;
}

export interface OnnxModel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Empty unless asked for. */
  readonly external: readonly ExternalConstant[];
  /** The inputs that the outputs really depend on. */
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

const OPSET = 18;
const IR_VERSION = 9n;
const TYPE: Record<DType, TensorProto_DataType> = {
  float32: TensorProto_DataType.FLOAT,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
};

export interface OnnxOptions {
  /** Name of the graph, default `graph`. */
  readonly name?: string;
  /** Constants of so many bytes stay outside the model: a protobuf message ends at 2 GiB. */
  readonly externalFrom?: number;
  /** Write operators of the ONNX standard only, not those that ONNX Runtime adds; default false. */
  readonly standard?: boolean;
  /** Write for ONNX Runtime's WebGPU engine, for which other forms are fast; default false. */
  readonly webgpu?: boolean;
}

/**
 * Write a graph as an ONNX model (opset 18, and `com.microsoft` for the fused SiLU unless `standard`), simplified first.
 * @param outputs the results by name
 * @throws RangeError when two inputs share a name but not a shape, or an output has the name of an input.
 */
export function toOnnx(outputs: Readonly<Record<string, Expr>>, options: OnnxOptions = {}): OnnxModel {
  const { standard = false, webgpu = false } = options;
  const writer = new Writer(standard, webgpu, options.externalFrom);
  const simple = simplify(outputs);
  const names = new Map<Expr, string>();
  const inputs = new Map<string, Port>();
  for (const n of topological(Object.values(simple))) {
    if (n.op === inputOp) {
      const port: Port = { name: n.attrs.name, shape: n.shape, dtype: n.dtype };
      const other = inputs.get(port.name);
      if (other !== undefined && (other.shape.join() !== port.shape.join() || other.dtype !== port.dtype)) {
        throw new RangeError(`two inputs are named "${port.name}", with shapes [${other.shape}] and [${port.shape}]`);
      }
      inputs.set(port.name, port);
    }
    names.set(
      n,
      n.op.onnx(
        n,
        n.inputs.map((i) => names.get(i)!),
        writer,
      ),
    );
  }
  const results = Object.entries(simple).map(([name, e]): Port => {
    if (inputs.has(name)) throw new RangeError(`"${name}" is the name of an input and of an output: rename one`);
    writer.alias(names.get(e)!, name);
    return { name, shape: e.shape, dtype: e.dtype };
  });
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'posteriori',
    opsetImport: [
      create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(OPSET) }),
      ...(standard ? [] : [create(OperatorSetIdProtoSchema, { domain: 'com.microsoft', version: 1n })]),
    ],
    graph: create(GraphProtoSchema, {
      name: options.name ?? 'graph',
      node: writer.nodes,
      initializer: writer.initializers,
      input: [...inputs.values()].map(valueInfo),
      output: results.map(valueInfo),
    }),
  });
  return { bytes: toBinary(ModelProtoSchema, model), external: writer.external, inputs: [...inputs.values()], outputs: results };
}

class Writer implements Emitter {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly external: ExternalConstant[] = [];
  private readonly known = new Map<string, string>();
  private count = 0;

  constructor(
    readonly standard: boolean,
    readonly webgpu: boolean,
    private readonly externalFrom = Number.POSITIVE_INFINITY,
  ) {}

  op(type: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}, domain = ''): string {
    const name = `%${this.count++}`; // no name that a user is likely to choose
    this.push(type, inputs, name, attributes, domain);
    return name;
  }

  /** Give a value its public name. */
  alias(from: string, to: string): void {
    this.push('Identity', [from], to, {}, '');
  }

  floats(shape: Shape, data: ArrayLike<number>): string {
    return this.initializer(shape, data instanceof Float32Array ? data : Float32Array.from(data), TensorProto_DataType.FLOAT);
  }

  ints(shape: Shape, data: ArrayLike<number>): string {
    return this.initializer(shape, BigInt64Array.from(Array.from(data, BigInt)), TensorProto_DataType.INT64);
  }

  ints32(shape: Shape, data: Int32Array): string {
    return this.initializer(shape, data, TensorProto_DataType.INT32);
  }

  private push(
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, Attribute>>,
    domain: string,
  ): void {
    const attribute = Object.entries(attributes).map(([name, value]) => {
      if (typeof value === 'number')
        return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
      if (typeof value === 'string')
        return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.STRING, s: new TextEncoder().encode(value) });
      if ('float' in value) return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value.float });
      return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: value.map(BigInt) });
    });
    this.nodes.push(create(NodeProtoSchema, { name: output, opType, domain, input: [...inputs], output: [output], attribute }));
  }

  private initializer(shape: Shape, data: Float32Array | BigInt64Array | Int32Array, dataType: TensorProto_DataType): string {
    if (data.length !== sizeOf(shape)) throw new RangeError(`a constant of shape [${shape}] got ${data.length} values`);
    const key = data.length <= 16 ? `${dataType}[${shape}]${data.join()}` : '';
    const twin = key && this.known.get(key);
    if (twin) return twin;
    const name = `%c${this.count++}`;
    const rawData = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    const dims = shape.map(BigInt);
    if (rawData.length < this.externalFrom) this.initializers.push(create(TensorProtoSchema, { name, dims, dataType, rawData }));
    else {
      const path = `constant-${this.external.length}`;
      this.external.push({ path, data: rawData });
      const place = { location: path, offset: '0', length: String(rawData.length) };
      const externalData = Object.entries(place).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value }));
      const dataLocation = TensorProto_DataLocation.EXTERNAL;
      this.initializers.push(create(TensorProtoSchema, { name, dims, dataType, dataLocation, externalData }));
    }
    if (key) this.known.set(key, name);
    return name;
  }
}

function valueInfo(port: Port): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name: port.name,
    type: {
      value: {
        case: 'tensorType',
        value: {
          elemType: TYPE[port.dtype],
          shape: { dim: port.shape.map((n) => ({ value: { case: 'dimValue' as const, value: BigInt(n) } })) },
        },
      },
    },
  });
}

/** Number of operations and constants in a graph after simplification, for tests and reports. */
export function graphSize(outputs: Readonly<Record<string, Expr>>): { operations: number; constants: number } {
  const all = topological(Object.values(simplify(outputs)));
  const constants = all.filter(isConstant).length;
  return { operations: all.length - constants - all.filter((n) => n.op === inputOp).length, constants };
}
