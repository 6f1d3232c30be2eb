import { fromBinary } from '@bufbuild/protobuf';
import { type GraphProto, type ModelProto, ModelProtoSchema, type TensorProto, type ValueInfoProto } from 'onnx-buf';
import { UsageError, UserError } from '../../tensor/errors.js';
import type { Shape } from '../../tensor/tensor.js';
import { greater, toInt } from '../compare.js';
import { type Expr, input } from '../expr.js';
import { type OpenExternal, readExternal } from './external.js';
import { Reader } from './reader.js';
import { type OpenAxis, type StaticInput, staticInputs } from './shapes.js';
import { isFloat, tensorValue } from './tensors.js';
import { type Claim, toExpr, type Value } from './values.js';

export const MIN_OPSET = 11;
export const MAX_OPSET = 21;

/**
 * Elements that may be computed while reading, and elements of constants that are left for the writer to compute, each besides one for each
 * byte of the file (four times its float32 weights).
 */
const ROOM = { now: 2 ** 24, later: 2 ** 26 };

export interface ReadOnnxOptions {
  /** What messages call the model, for instance its path; default `the ONNX model`. */
  readonly name?: string;
  /** Opens a file of weights beside the model, for models with external data. */
  readonly external?: OpenExternal;
  /** Shapes of inputs that the file leaves open; a symbolic leading axis is 1 when nothing else is said. */
  readonly shapes?: Readonly<Record<string, Shape>>;
  /** Sizes of axes that neither the file nor `shapes` says. */
  readonly openAxis?: OpenAxis;
  /** Names of weights (float initialisers) to take gradients with respect to; inputs may be named too, to no effect. */
  readonly parameters?: readonly string[];
  /** Take inputs of whole numbers and booleans as float32 and convert them in the graph: the runtimes feed nothing else. Default false. */
  readonly floatInputs?: boolean;
}

export interface OnnxInput extends StaticInput {
  /** The input itself, for `grad` and `vjp`. */
  readonly expr: Expr;
}

/** An ONNX model as graphs of the language. */
export interface OnnxGraph {
  /** Version of the standard operators that the file is written for. */
  readonly opset: number;
  /** What wrote the file, as it says itself. */
  readonly producer: string;
  readonly inputs: readonly OnnxInput[];
  readonly outputs: Readonly<Record<string, Expr>>;
  /** Those asked for, by name. */
  readonly parameters: Readonly<Record<string, Expr>>;
  /** Names of all float weights, that is of what may be asked for. */
  readonly weights: readonly string[];
}

/**
 * Read an ONNX model (operator sets 11 to 21) as graphs with static shapes, which have gradients like any other.
 * Floats of every size become float32. What the graph computes on shapes alone is computed while reading, exactly, in whole numbers.
 * @throws UserError for a file that is damaged, and for what is not supported, naming node, operator and operator set
 */
export async function readOnnx(bytes: Uint8Array, options: ReadOnnxOptions = {}): Promise<OnnxGraph> {
  try {
    return await read(bytes, options);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // names of a damaged file may hold anything, and be of any length
    const message = error.message.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
    const short = message.length > 2000 ? `${message.slice(0, 1000)} ... ${message.slice(-900)}` : message;
    throw new UserError(short, { exitCode: error.exitCode, cause: error.cause });
  }
}

async function read(bytes: Uint8Array, options: ReadOnnxOptions): Promise<OnnxGraph> {
  const { name: what = 'the ONNX model', shapes = {}, parameters = [], floatInputs = false } = options;
  const model = decode(bytes, what);
  const graph = model.graph;
  if (graph === undefined || graph.output.length === 0)
    throw new UserError(`${what} is not an ONNX model: it holds no graph with outputs. Check that the file is complete.`);
  const opset = opsetOf(model, what);
  const external = await readExternal(model, options.external, what);

  const initialisers = new Map(graph.initializer.map((t) => [t.name, t]));
  const declared = graph.input.filter(({ name }) => !initialisers.has(name)); // older files list weights as inputs too
  distinct(graph, declared, what);
  const weights = graph.initializer.filter(isFloat).map(({ name }) => name);
  const asked = parameters.flatMap((name): Array<[string, Expr]> => {
    if (declared.some((i) => i.name === name)) return [];
    if (!weights.includes(name))
      throw new UsageError(
        `${what} has no input or weight "${name}"; its inputs are ${some(declared.map((i) => i.name))}, its weights ${some(weights)}.`,
      );
    const proto = initialisers.get(name)!;
    return [[name, toExpr(tensorValue(proto, `${what}: the tensor "${name}"`, external.get(proto)))]];
  });

  const given = new Map<string, Value>(asked);
  const inputs = staticInputs(declared, shapes, what, options.openAxis).map((port): OnnxInput => {
    const { name, shape } = port;
    const dtype = floatInputs ? 'float32' : port.dtype;
    const expr = input(name, shape, dtype);
    given.set(name, dtype === port.dtype ? expr : port.dtype === 'int64' ? toInt(expr) : greater(expr, 0.5));
    return { name, shape, dtype, expr };
  });
  const names = graph.output.map(({ name }) => name);
  const values = new Reader(model, external, { now: room(ROOM.now, bytes, external), later: room(ROOM.later, bytes, external) }, what).read(
    graph,
    given,
    opset,
    names,
  );
  try {
    const outputs = Object.fromEntries(names.map((name, i) => [name, toExpr(values[i])]));
    const producer = `${model.producerName} ${model.producerVersion}`.trim();
    return { opset, producer, inputs, outputs, parameters: Object.fromEntries(asked), weights };
  } catch (error) {
    throw new UserError(`${what}: an output cannot be represented: ${(error as Error).message}.`, { cause: error });
  }
}

function decode(bytes: Uint8Array, what: string): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (error) {
    throw new UserError(`${what} is not an ONNX model, or is damaged (${(error as Error).message}). Check that the file is complete.`, {
      cause: error,
    });
  }
}

function opsetOf(model: ModelProto, what: string): number {
  const standard = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  const opset = Number(standard?.version ?? 0);
  if (opset >= MIN_OPSET && opset <= MAX_OPSET) return opset;
  const has =
    standard === undefined
      ? 'does not say which version of the operators (opset) it uses'
      : `uses version ${opset} of the operators (opset)`;
  throw new UserError(
    `${what} ${has}; supported are ${MIN_OPSET} to ${MAX_OPSET}. Export it again, in PyTorch with torch.onnx.export(..., opset_version=18).`,
  );
}

function distinct(graph: GraphProto, inputs: readonly ValueInfoProto[], what: string): void {
  const seen = (names: readonly string[], kind: string): void => {
    const known = new Set<string>();
    for (const name of names) {
      if (name === '') throw new UserError(`${what} has ${kind} without a name. The file is damaged: export it again.`);
      if (known.has(name)) throw new UserError(`${what} gives the name "${name}" to ${kind} twice. The file is damaged: export it again.`);
      known.add(name);
    }
  };
  seen(
    [...inputs, ...graph.initializer].map(({ name }) => name),
    'an input or a weight',
  );
  seen(
    graph.output.map(({ name }) => name),
    'an output',
  );
}

/** A file of a few bytes must not ask for all memory: room for values computed while reading is in proportion to the file. */
function room(least: number, bytes: Uint8Array, external: ReadonlyMap<TensorProto, Uint8Array>): Claim {
  let left = least + bytes.length;
  for (const data of external.values()) left += data.length;
  return (elements) => {
    left -= elements;
    if (!(left >= 0)) throw new RangeError('the constants that the model computes from its shapes and weights take too much memory');
  };
}

/** Names for a message, not thousands of them. */
function some(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => `"${name}"`);
  if (names.length > shown.length) shown.push(`and ${names.length - shown.length} more`);
  return shown.join(', ') || 'none';
}
