import { z } from 'zod';
import { printable } from '../io/printable.js';
import { UserError } from '../tensor/errors.js';
import { formatShape, type Shape, sizeOf } from '../tensor/tensor.js';
import { storedWidths, type WrittenDtype } from './stored-numbers.js';
import type { StoredDtype } from './stored-tensor.js';

/*
 * The safetensors container (github.com/huggingface/safetensors): an 8-byte little-endian header length, a JSON header
 * { name: { dtype, shape, data_offsets: [begin, end] }, __metadata__?: strings }, then the data without gaps.
 */

/** The reference implementation's bound on the header. */
const MAX_HEADER = 100_000_000;

const whole = z.int().nonnegative();
const entrySchema = z.strictObject({ dtype: z.string(), shape: z.array(whole), data_offsets: z.tuple([whole, whole]) });
const metadataSchema = z.record(z.string(), z.string());

/** A tensor and its place. */
export interface HeaderEntry<D extends StoredDtype> {
  readonly name: string;
  readonly dtype: D;
  readonly shape: Shape;
  /** First byte, and the one after the last, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

export interface Header<D extends StoredDtype> {
  /** In the order of their data. */
  readonly entries: readonly HeaderEntry<D>[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Bytes of the JSON that follows.
 * @param start the first bytes of the file, at least 8 if it has them
 * @param size of the whole file
 * @throws UserError when the header cannot be there
 */
export function headerLength(start: Uint8Array, size: number, file: string): number {
  const broken = brokenFile(file);
  if (start.length < 8) broken(`it has ${start.length} bytes, the header length alone needs 8`);
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER)) broken(`it announces a header of ${length} bytes, more than the ${MAX_HEADER} allowed`);
  if (8 + Number(length) > size) broken(`it ends inside its header (${size} of ${8n + length} bytes)`);
  return Number(length);
}

/**
 * Read a header and check all of it: types, shapes against sizes, no overlap, no gap, nothing out of bounds.
 * @param json without the length before it
 * @param size of the whole file
 * @param readable the types that the caller can read
 * @throws UserError naming the tensor at fault
 */
export function parseHeader<D extends StoredDtype>(json: Uint8Array, size: number, file: string, readable: readonly D[]): Header<D> {
  const broken = brokenFile(file);
  const start = 8 + json.length;
  const { listed, metadata } = parseTable(json, broken);

  const entries = listed.map(([name, raw]): HeaderEntry<D> => {
    const parsed = entrySchema.safeParse(raw);
    if (!parsed.success) return broken(`the header entry of tensor "${printable(name)}" is malformed`);
    const { shape, data_offsets } = parsed.data;
    const dtype = readable.find((known) => known === parsed.data.dtype);
    if (dtype === undefined) {
      const known = `${readable.slice(0, -1).join(', ')} and ${readable.at(-1)}`;
      throw new UserError(
        `${file}: tensor "${printable(name)}" is stored as ${printable(parsed.data.dtype)}; ${known} can be read. Convert it first.`,
      );
    }
    const [begin, end] = data_offsets;
    // A product beyond 2^53 is inexact but still far beyond any file, so the comparison stays right.
    const bytes = sizeOf(shape) * storedWidths[dtype];
    if (end - begin !== bytes)
      broken(`tensor "${printable(name)}" ${formatShape(shape)} ${dtype} needs ${bytes} bytes, its place has ${end - begin}`);
    return { name, dtype, shape, begin, end };
  });

  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin < covered) broken(`tensor "${printable(name)}" overlaps the one before it`);
    if (begin > covered) broken(`there is a gap before tensor "${printable(name)}"`);
    if (start + end > size) broken(`tensor "${printable(name)}" ends at byte ${start + end} of ${size}`);
    covered = end;
  }
  if (start + covered !== size) broken(`${size - start - covered} bytes follow the last tensor`);
  return { entries, metadata };
}

/**
 * The start of a file, up to where the data begin: tensors in their order.
 * @param dtype of all of them, or of each by its name
 * @throws UserError for a reserved name
 */
export function formatHeader(
  tensors: Iterable<readonly [name: string, { readonly shape: Shape }]>,
  dtype: WrittenDtype | ((name: string) => WrittenDtype),
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const header = new Map<string, unknown>(metadata === undefined ? [] : [['__metadata__', metadata]]);
  let offset = 0;
  for (const [name, { shape }] of tensors) {
    if (name === '__metadata__')
      throw new UserError('A safetensors file cannot hold a tensor called "__metadata__": the name is reserved.');
    const own = typeof dtype === 'string' ? dtype : dtype(name);
    const end = offset + sizeOf(shape) * storedWidths[own];
    header.set(name, { dtype: own, shape, data_offsets: [offset, end] });
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const bytes = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20); // spaces keep the data aligned to 8 bytes
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - 8), true);
  bytes.set(json, 8);
  return bytes;
}

function parseTable(json: Uint8Array, broken: Broken): { listed: [string, unknown][]; metadata: Record<string, string> } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    return broken('its header is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return broken('its header is not a JSON object');
  const all = Object.entries(parsed);
  const metadata = metadataSchema.safeParse(all.find(([name]) => name === '__metadata__')?.[1] ?? {});
  if (!metadata.success) return broken('its __metadata__ is not a table of strings');
  return { listed: all.filter(([name]) => name !== '__metadata__'), metadata: metadata.data };
}

type Broken = (what: string) => never;

function brokenFile(file: string): Broken {
  return (what) => {
    throw new UserError(`${file} is not a whole safetensors file: ${what}. Download or write it again.`);
  };
}
