import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type AttributeProto, type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { UserError } from '../../../tensor/errors.js';
import type { Random } from '../../../tensor/random.js';
import { onnxGradient } from '../onnx-gradient.js';
import { readOnnx } from '../read-onnx.js';

/** Numbers at which programs break. */
const EVIL = [
  -(2n ** 63n),
  -(2n ** 31n),
  -2n,
  -1n,
  0n,
  1n,
  2n,
  3n,
  7n,
  255n,
  65536n,
  2n ** 20n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 40n,
  2n ** 63n - 1n,
];

/** A damaged copy of an ONNX file: bytes changed, cut out or repeated, or its parts made nonsense of. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  switch (random.integer(6)) {
    case 0:
      return bytes.slice(0, random.integer(bytes.length));
    case 1: {
      const at = random.integer(bytes.length);
      const end = Math.min(bytes.length, at + 1 + random.integer(64));
      return Uint8Array.from([...bytes.subarray(0, at), ...(random.integer(2) ? bytes.subarray(end) : bytes.subarray(at - (end - at)))]);
    }
    case 2: {
      const copy = bytes.slice();
      for (let i = random.integer(8); i >= 0; i--) copy[random.integer(copy.length)] ^= 1 << random.integer(8);
      return copy;
    }
    default: {
      const model = fromBinary(ModelProtoSchema, bytes.slice()); // weights are views of what they were read from
      for (let i = random.integer(3); i >= 0; i--) distort(model, random);
      return toBinary(ModelProtoSchema, model);
    }
  }
}

function distort(model: ModelProto, random: Random): void {
  const graph = model.graph;
  if (graph === undefined || graph.node.length === 0) return;
  const one = <T>(list: readonly T[]): T => list[random.integer(list.length)];
  const evil = (): bigint => one(EVIL);
  const node = one(graph.node);
  const names = [
    ...graph.node.flatMap((n) => n.output),
    ...graph.initializer.map((t) => t.name),
    ...graph.input.map((i) => i.name),
    'nowhere',
    '',
  ];
  switch (random.integer(11)) {
    case 0:
      node.input[random.integer(node.input.length + 1)] = one(names);
      break;
    case 1:
      node.output[random.integer(node.output.length + 1)] = one(names);
      break;
    case 2:
      node.opType = random.integer(2)
        ? one(graph.node).opType
        : one(['Expand', 'Tile', 'ConstantOfShape', 'Range', 'Pad', 'Resize', 'Einsum', 'If', 'OneHot', 'Trilu', 'MaxPool', 'DFT']);
      break;
    case 3:
      node.attribute.push(...one(graph.node).attribute);
      break;
    case 4:
      if (node.attribute.length > 0) damage(one(node.attribute), random, evil);
      break;
    case 5:
      node.attribute.splice(0, 1);
      break;
    case 6:
      if (graph.initializer.length > 0) {
        const { dims } = one(graph.initializer);
        dims[random.integer(dims.length + 1)] = evil();
      }
      break;
    case 7:
      if (graph.initializer.length > 0) one(graph.initializer).dataType = random.integer(24);
      break;
    case 8: {
      const whole = graph.initializer.filter((t) => t.dataType === 7 && (t.rawData.length >= 8 || t.int64Data.length > 0));
      if (whole.length === 0) break;
      const t = one(whole);
      if (t.int64Data.length > 0) t.int64Data[random.integer(t.int64Data.length)] = evil();
      else new DataView(t.rawData.buffer, t.rawData.byteOffset, t.rawData.byteLength).setBigInt64(0, evil(), true);
      break;
    }
    case 9: {
      const type = one(graph.input).type?.value;
      const dim = type?.case === 'tensorType' ? type.value.shape?.dim : undefined;
      if (dim !== undefined && dim.length > 0) one(dim).value = { case: 'dimValue', value: evil() };
      break;
    }
    case 10:
      graph.node.splice(random.integer(graph.node.length), 1);
      break;
  }
}

function damage(attribute: AttributeProto, random: Random, evil: () => bigint): void {
  if (attribute.ints.length > 0) attribute.ints[random.integer(attribute.ints.length + 1)] = evil();
  else if (random.integer(4) === 0) attribute.type = random.integer(12);
  else attribute.i = evil();
}

/**
 * Read damaged copies of files, and differentiate what can still be read.
 * @returns how many were read, and how many refused
 * @throws whatever is thrown that is no UserError, with the number of the mutation
 */
export async function readDamaged(files: readonly Uint8Array[], random: Random, count: number): Promise<{ read: number; refused: number }> {
  const result = { read: 0, refused: 0 };
  for (let i = 0; i < count; i++) {
    const own = random.fork(i);
    const bytes = mutate(files[i % files.length], own);
    try {
      const model = await readOnnx(bytes);
      const [of] = Object.keys(model.outputs);
      onnxGradient(model, { wrt: model.inputs.map((x) => x.name).slice(0, 1), of, sum: true });
      result.read++;
    } catch (error) {
      if (!(error instanceof UserError) || error.message.includes('\n'))
        throw new Error(`mutation ${i}: ${(error as Error).stack}`, { cause: error });
      result.refused++;
    }
  }
  return result;
}
