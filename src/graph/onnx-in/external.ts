import type { AttributeProto, GraphProto, ModelProto, TensorProto } from 'onnx-buf';
import { UserError } from '../../tensor/errors.js';
import { byteSize, isExternal } from './tensors.js';

/** A file beside the model, read by range. */
export interface ExternalSource {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
  close?(): Promise<void>;
}

/** Opens a file that holds weights of a model, named by its path relative to the model's folder, inside of it. */
export type OpenExternal = (location: string) => Promise<ExternalSource>;

/**
 * The bytes of all tensors of a model that lie in other files.
 * @throws UserError for a path that leaves the folder, a range outside the file, or when there is no way to open files
 */
export async function readExternal(model: ModelProto, open: OpenExternal | undefined, what: string): Promise<Map<TensorProto, Uint8Array>> {
  const found = new Map<TensorProto, Uint8Array>();
  const sources = new Map<string, ExternalSource>();
  const ranges = new Map<string, Uint8Array>();
  const read = new Map<string, number>();
  try {
    for (const proto of tensorsOf(model)) {
      if (!isExternal(proto)) continue;
      const name = `${what}: the tensor "${proto.name}"`;
      const { location, offset, length } = place(proto, name);
      if (open === undefined)
        throw new UserError(`${name} lies in another file, ${location}: read the model from its folder, or give a way to open that file.`);
      let source = sources.get(location);
      if (source === undefined) {
        source = await open(location);
        sources.set(location, source);
      }
      if (offset + length > source.size)
        throw new UserError(
          `${name} is said to lie in ${location} from byte ${offset} to ${offset + length}, but that file has ${source.size} bytes. Copy or export it again.`,
        );
      const range = `${location}\0${offset}\0${length}`;
      let bytes = ranges.get(range);
      if (bytes === undefined) {
        // tensors that overlap could ask for any amount of memory
        const total = (read.get(location) ?? 0) + length;
        if (total > source.size) throw new UserError(`${name} overlaps with other tensors in ${location}. Export the model again.`);
        read.set(location, total);
        bytes = await source.read(offset, length);
        ranges.set(range, bytes);
      }
      found.set(proto, bytes);
    }
  } finally {
    for (const source of sources.values()) await source.close?.();
  }
  return found;
}

/** Where a tensor's bytes lie. The length is that of its shape; a stated one must agree. */
function place(proto: TensorProto, name: string): { location: string; offset: number; length: number } {
  const stated = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = stated.get('location') ?? '';
  const parts = location.split(/[/\\]/);
  if (location === '' || parts[0] === '' || /^[A-Za-z][A-Za-z0-9+.-]*:/.test(location) || parts.includes('..') || location.includes('\0'))
    throw new UserError(
      `${name} names "${location}" as its file. Only files in the model's own folder are read: put it there and correct the model.`,
    );
  const whole = (key: string, fallback: number): number => {
    const text = stated.get(key);
    if (text === undefined || text === '') return fallback;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value))
      throw new UserError(`${name} has "${text}" for ${key}, which is no number of bytes. Export the model again.`);
    return value;
  };
  const length = byteSize(proto, name);
  if (whole('length', length) !== length)
    throw new UserError(`${name} needs ${length} bytes, but is said to have ${stated.get('length')}. Export the model again.`);
  return { location, offset: whole('offset', 0), length };
}

/** Every tensor of a model, those inside of attributes and branches too. */
function* tensorsOf(model: ModelProto): Generator<TensorProto> {
  if (model.graph !== undefined) yield* tensorsOfGraph(model.graph);
  for (const f of model.functions) for (const node of f.node) yield* tensorsOfAttributes(node.attribute);
}

function* tensorsOfGraph(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializer;
  for (const node of graph.node) yield* tensorsOfAttributes(node.attribute);
}

function* tensorsOfAttributes(attributes: readonly AttributeProto[]): Generator<TensorProto> {
  for (const { t, tensors, g, graphs } of attributes) {
    if (t !== undefined) yield t;
    yield* tensors;
    for (const graph of g === undefined ? graphs : [g, ...graphs]) yield* tensorsOfGraph(graph);
  }
}
