import { z } from 'zod';
import { UserError } from '../tensor/errors.js';
import { formatShape, type Shape, type Tensor, tensor } from '../tensor/tensor.js';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './half-precision.js';

/*
 * The safetensors container (github.com/huggingface/safetensors): an 8-byte little-endian header length, a JSON header
 * { name: { dtype, shape, data_offsets: [begin, end] }, __metadata__?: strings }, then the data without gaps.
 * Multi-byte numbers are little-endian, as is every platform this runs on.
 */

const BYTES = { F32: 4, F16: 2, BF16: 2 } as const;
export type SafetensorsDtype = keyof typeof BYTES;

/** The reference implementation's bound on the header. */
const MAX_HEADER = 100_000_000;

const whole = z.int().nonnegative();
const entrySchema = z.strictObject({ dtype: z.string(), shape: z.array(whole), data_offsets: z.tuple([whole, whole]) });
const metadataSchema = z.record(z.string(), z.string());

interface Entry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

export interface Safetensors {
  /** By name, in the order of their data. Half precision is widened to float32. */
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Read a safetensors file. The whole header is checked (types, shapes against sizes, no overlap, no gap, nothing out
 * of bounds) before anything is allocated.
 * @throws UserError naming the tensor at fault.
 */
export function readSafetensors(bytes: Uint8Array, options: { name?: string } = {}): Safetensors {
  const { name: file = 'the file' } = options;
  const { entries, metadata, start } = readHeader(bytes, file);
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    // A copy, since the data need not be aligned.
    const { buffer } = Uint8Array.from(bytes.subarray(start + begin, start + end));
    const data =
      dtype === 'F32'
        ? new Float32Array(buffer)
        : dtype === 'F16'
          ? float16ToFloat32(new Uint16Array(buffer))
          : bfloat16ToFloat32(new Uint16Array(buffer));
    tensors.set(name, tensor(shape, data));
  }
  return { tensors, metadata };
}

/**
 * Write tensors, in the order of the map, all in one precision (default F32; halves round to nearest even).
 * @throws UserError when a finite value does not fit F16, naming the tensor.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  options: { dtype?: SafetensorsDtype; metadata?: Readonly<Record<string, string>> } = {},
): Uint8Array {
  const { dtype = 'F32', metadata } = options;
  const header = new Map<string, unknown>(metadata === undefined ? [] : [['__metadata__', metadata]]);
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    if (name === '__metadata__')
      throw new UserError('A safetensors file cannot hold a tensor called "__metadata__": the name is reserved.');
    if (dtype === 'F16' && data.some((v) => Math.abs(v) >= 65520 && Number.isFinite(v))) {
      throw new UserError(`The tensor "${name}" has values beyond 65504, the largest of F16. Write it as BF16 or F32.`);
    }
    const end = offset + data.length * BYTES[dtype];
    header.set(name, { dtype, shape, data_offsets: [offset, end] });
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const start = 8 + Math.ceil(json.length / 8) * 8; // spaces keep the data aligned to 8 bytes
  const bytes = new Uint8Array(start + offset).fill(0x20, 8, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(json, 8);
  let at = start;
  for (const { data } of tensors.values()) {
    const stored = dtype === 'F32' ? data : dtype === 'F16' ? float32ToFloat16(data) : float32ToBfloat16(data);
    bytes.set(new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength), at);
    at += stored.byteLength;
  }
  return bytes;
}

function readHeader(bytes: Uint8Array, file: string): { entries: Entry[]; metadata: Record<string, string>; start: number } {
  const broken = (what: string): never => {
    throw new UserError(`${file} is not a whole safetensors file: ${what}. Download or write it again.`);
  };
  if (bytes.length < 8) broken(`it has ${bytes.length} bytes, the header length alone needs 8`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER)) broken(`it announces a header of ${length} bytes, more than the ${MAX_HEADER} allowed`);
  const start = 8 + Number(length);
  if (start > bytes.length) broken(`it ends inside its header (${bytes.length} of ${start} bytes)`);
  const { entries: listed, metadata } = parseHeader(bytes.subarray(8, start), broken);

  const entries = listed.map(([name, raw]): Entry => {
    const parsed = entrySchema.safeParse(raw);
    if (!parsed.success) return broken(`the header entry of tensor "${name}" is malformed`);
    const { dtype, shape, data_offsets } = parsed.data;
    if (!isDtype(dtype))
      throw new UserError(`${file}: tensor "${name}" is stored as ${dtype}; F32, F16 and BF16 can be read. Convert it first.`);
    const [begin, end] = data_offsets;
    // A product beyond 2^53 is inexact but still far beyond any file, so the comparison stays right.
    const size = shape.reduce((a, b) => a * b, BYTES[dtype]);
    if (end - begin !== size) broken(`tensor "${name}" ${formatShape(shape)} ${dtype} needs ${size} bytes, its place has ${end - begin}`);
    return { name, dtype, shape, begin, end };
  });

  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin < covered) broken(`tensor "${name}" overlaps the one before it`);
    if (begin > covered) broken(`there is a gap before tensor "${name}"`);
    if (start + end > bytes.length) broken(`tensor "${name}" ends at byte ${start + end} of ${bytes.length}`);
    covered = end;
  }
  if (start + covered !== bytes.length) broken(`${bytes.length - start - covered} bytes follow the last tensor`);
  return { entries, metadata, start };
}

function parseHeader(
  text: Uint8Array,
  broken: (what: string) => never,
): { entries: [string, unknown][]; metadata: Record<string, string> } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch {
    return broken('its header is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return broken('its header is not a JSON object');
  const all = Object.entries(parsed);
  const metadata = metadataSchema.safeParse(all.find(([name]) => name === '__metadata__')?.[1] ?? {});
  if (!metadata.success) return broken('its __metadata__ is not a table of strings');
  return { entries: all.filter(([name]) => name !== '__metadata__'), metadata: metadata.data };
}

function isDtype(dtype: string): dtype is SafetensorsDtype {
  return Object.hasOwn(BYTES, dtype);
}
