import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  type FunctionProto,
  type GraphProto,
  GraphProtoSchema,
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  TensorProto_DataType as Type,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import type { Shape } from '../../../tensor/tensor.js';

/* ONNX files written by hand, for tests: operators and settings that no exporter at hand would give. */

export interface FileInput {
  readonly type?: Type;
  /** A name is a symbolic size. */
  readonly shape: ReadonlyArray<number | string>;
}

export type FileAttribute =
  | number
  | readonly number[]
  | string
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly tensor: TensorProto }
  | { readonly graph: GraphProto };

export interface FileNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, FileAttribute>>;
  readonly domain?: string;
  readonly name?: string;
}

export interface FileGraph {
  readonly inputs?: Readonly<Record<string, FileInput>>;
  readonly weights?: Readonly<Record<string, TensorProto>>;
  readonly nodes: readonly FileNode[];
  readonly outputs: readonly string[] | Readonly<Record<string, Type>>;
}

/** A tensor with its data in the field of its type. */
export function fileTensor(dataType: Type, shape: Shape, data: ArrayLike<number>): TensorProto {
  const list = Array.from(data);
  const dims = shape.map(BigInt);
  switch (dataType) {
    case Type.FLOAT:
      return create(TensorProtoSchema, { dims, dataType, floatData: list });
    case Type.DOUBLE:
      return create(TensorProtoSchema, { dims, dataType, doubleData: list });
    case Type.INT64:
      return create(TensorProtoSchema, { dims, dataType, int64Data: list.map(BigInt) });
    case Type.UINT32:
    case Type.UINT64:
      return create(TensorProtoSchema, { dims, dataType, uint64Data: list.map(BigInt) });
    default:
      return create(TensorProtoSchema, { dims, dataType, int32Data: list });
  }
}

export function floats(shape: Shape, data: ArrayLike<number>): TensorProto {
  return fileTensor(Type.FLOAT, shape, data);
}

/** A list of int64. */
export function ints(...data: number[]): TensorProto {
  return fileTensor(Type.INT64, [data.length], data);
}

export function scalar(value: number, type: Type = Type.FLOAT): TensorProto {
  return fileTensor(type, [], [value]);
}

export function fileNode({ op, inputs, outputs, attributes = {}, domain = '', name }: FileNode): NodeProto {
  const attribute = Object.entries(attributes).map(([key, value]) => create(AttributeProtoSchema, { name: key, ...attributeValue(value) }));
  return create(NodeProtoSchema, { opType: op, input: [...inputs], output: [...outputs], attribute, domain, name: name ?? `the ${op}` });
}

function attributeValue(value: FileAttribute): Partial<Pick<AttributeProto, 'type' | 'i' | 'ints' | 's' | 'f' | 'floats' | 't' | 'g'>> {
  if (typeof value === 'number') return { type: Kind.INT, i: BigInt(value) };
  if (typeof value === 'string') return { type: Kind.STRING, s: new TextEncoder().encode(value) };
  if ('float' in value) return { type: Kind.FLOAT, f: value.float };
  if ('floats' in value) return { type: Kind.FLOATS, floats: [...value.floats] };
  if ('tensor' in value) return { type: Kind.TENSOR, t: value.tensor };
  if ('graph' in value) return { type: Kind.GRAPH, g: value.graph };
  return { type: Kind.INTS, ints: value.map(BigInt) };
}

export function fileGraph({ inputs = {}, weights = {}, nodes, outputs }: FileGraph): GraphProto {
  const typed = Array.isArray(outputs) ? outputs.map((name): [string, Type] => [name, Type.FLOAT]) : Object.entries(outputs);
  return create(GraphProtoSchema, {
    name: 'graph',
    node: nodes.map(fileNode),
    initializer: Object.entries(weights).map(([name, tensor]) => ({ ...tensor, name })),
    input: Object.entries(inputs).map(([name, { type = Type.FLOAT, shape }]) => port(name, type, shape)),
    output: typed.map(([name, type]) => port(name, type)),
  });
}

function port(name: string, elemType: Type, shape?: ReadonlyArray<number | string>): ValueInfoProto {
  const dim = shape?.map((n) => ({
    value: typeof n === 'number' ? { case: 'dimValue' as const, value: BigInt(n) } : { case: 'dimParam' as const, value: n },
  }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType, ...(dim === undefined ? {} : { shape: { dim } }) } } },
  });
}

/** A whole ONNX file. */
export function onnxFile(graph: FileGraph, opset = 18, functions: FunctionProto[] = []): Uint8Array<ArrayBuffer> {
  const domains = new Set(functions.map((f) => f.domain));
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: opset < 18 ? 7n : 10n,
      producerName: 'test',
      opsetImport: [
        create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(opset) }),
        ...[...domains].map((domain) => create(OperatorSetIdProtoSchema, { domain, version: 1n })),
      ],
      graph: fileGraph(graph),
      functions,
    }),
  );
}
