import dicomParser, { type DataSet, type Element } from 'dicom-parser';
import { UserError } from '../tensor/errors.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { refuseCompressed } from './dicom-syntax.js';
import type { Window } from './hounsfield.js';

/** The first frame of a DICOM file. Nothing that names a patient is read. */
export interface DicomImage {
  /**
   * [1, rows, columns], stored values through rescale slope and intercept: HU when `hounsfield`, else the modality's own numbers. Not
   * clipped.
   */
  readonly values: Tensor;
  /** Whether `values` are Hounsfield units: modality CT, or a rescale type that says HU. */
  readonly hounsfield: boolean;
  /** True for MONOCHROME1: the display shows high values dark. The values themselves are the same. */
  readonly inverted: boolean;
  readonly modality?: string;
  /** The window the scanner suggests for display, in the units of `values`. */
  readonly window?: Window;
  /** Distance between rows and between columns, cm. */
  readonly pixelSizeCm?: readonly [rows: number, columns: number];
  readonly frames: number;
  readonly bitsStored: number;
  readonly signed: boolean;
  readonly transferSyntax: string;
  /** What was left out or assumed, one sentence each. */
  readonly notices: readonly string[];
}

/** How the stored numbers lie in the file (DICOM PS3.5 section 8). */
interface Layout {
  readonly bitsAllocated: 8 | 16;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  readonly bigEndian: boolean;
}

/** Whether the bytes start as a DICOM file does: "DICM" after a preamble of 128 bytes. */
export function isDicom(bytes: Uint8Array): boolean {
  return bytes.length >= 132 && String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM';
}

/**
 * Read the image of a DICOM file (PS3.10): uncompressed, little or big endian, explicit or implicit types, 8 or 16 bits, one sample a
 * pixel. Pixels at the padding value of a CT become air (-1000 HU).
 * @param name what to call the file in messages
 * @throws UserError when the bytes are no DICOM file, are cut short, are compressed, are in colour, or hold no image
 */
export function parseDicom(bytes: Uint8Array, name = 'the file'): DicomImage {
  if (!isDicom(bytes))
    throw new UserError(
      `${name} is not a DICOM file: the letters DICM are missing after its preamble. Export it again from the archive or the scanner's console.`,
    );
  const cut = (detail: string, cause?: unknown) =>
    new UserError(`${name} is a DICOM file that is cut short or damaged: ${detail}. Copy or export it again.`, { cause });
  const syntax = transferSyntaxOf(bytes, (cause) => cut('its header cannot be read', cause));
  refuseCompressed(syntax, name);

  const dataSet = parseAll(bytes, (cause) => cut('its elements cannot be read to the end', cause));
  const pixels = dataSet.elements.x7fe00010;
  const rows = dataSet.uint16('x00280010') ?? 0;
  const columns = dataSet.uint16('x00280011') ?? 0;
  if (!pixels || rows === 0 || columns === 0) {
    throw new UserError(
      `${name} is a DICOM file without an image in it (no rows, columns or pixel data): a report, a structure set, or a file cut short. Choose an image slice, or export it again.`,
    );
  }
  if ((dataSet.uint16('x00280002') ?? 1) !== 1)
    throw new UserError(
      `${name} is a DICOM file in colour (a screen capture, perhaps), which has no attenuation values. Choose the original slice, or convert it to PNG.`,
    );
  const layout = layoutOf(dataSet, syntax, name);
  const needed = (rows * columns * layout.bitsAllocated) / 8;
  const present = Math.min(pixels.length, bytes.length - pixels.dataOffset);
  if (present < needed) throw cut(`it holds ${present} of the ${needed} bytes of its ${columns} x ${rows} pixels`);

  const notices: string[] = [];
  const frames = decimal(dataSet, 'x00280008') ?? 1;
  if (frames > 1) notices.push(`${name} has ${frames} frames; the first is used.`);
  const transformation = withAttribute(dataSet, 'x00281053', 'x00289145');
  const spacing = withAttribute(dataSet, 'x00280030', 'x00289110');
  const display = withAttribute(dataSet, 'x00281050', 'x00289132');
  const slope = decimal(transformation, 'x00281053') ?? 1;
  const intercept = decimal(transformation, 'x00281052') ?? 0;
  if (slope === 0 || !Number.isFinite(Math.fround(65535 * slope)) || !Number.isFinite(Math.fround(intercept)))
    throw cut(`its rescale slope or intercept is no usable number`);
  const modality = dataSet.string('x00080060');
  const hounsfield = modality === 'CT' || transformation?.string('x00281054') === 'HU';
  if (hounsfield && !transformation) notices.push(`${name} states no rescale slope and intercept; its stored values are taken as HU.`);

  const data = storedValues(bytes, pixels, layout, rows * columns);
  const padding = hounsfield ? (layout.signed ? dataSet.int16('x00280120') : dataSet.uint16('x00280120')) : undefined;
  for (let i = 0; i < data.length; i++) data[i] = data[i] === padding ? -1000 : data[i] * slope + intercept;

  const size = [decimal(spacing, 'x00280030'), decimal(spacing, 'x00280030', 1)].map((mm) => (mm ?? 0) / 10);
  const width = decimal(display, 'x00281051');
  const center = decimal(display, 'x00281050');
  return {
    values: tensor([1, rows, columns], data),
    hounsfield,
    inverted: dataSet.string('x00280004') === 'MONOCHROME1',
    modality,
    window:
      center !== undefined && width !== undefined && Number.isFinite(center) && width >= 1 && width < 1e9 ? { center, width } : undefined,
    pixelSizeCm: size.every((cm) => cm > 0 && Number.isFinite(cm)) ? [size[0], size[1]] : undefined,
    frames,
    bitsStored: layout.bitsStored,
    signed: layout.signed,
    transferSyntax: syntax,
    notices,
  };
}

function transferSyntaxOf(bytes: Uint8Array, fail: (cause: unknown) => UserError): string {
  try {
    const syntax = dicomParser.readPart10Header(bytes).string('x00020010');
    if (syntax) return syntax;
  } catch (error) {
    throw fail(error);
  }
  throw fail(undefined);
}

function parseAll(bytes: Uint8Array, fail: (cause: unknown) => UserError): DataSet {
  try {
    return dicomParser.parseDicom(bytes);
  } catch (error) {
    // The parser hands over what it read before it failed; with the pixels among it the image may still be whole.
    const partial = (error as { dataSet?: DataSet }).dataSet;
    if (partial?.elements.x7fe00010) return partial;
    throw fail(error);
  }
}

function layoutOf(dataSet: DataSet, syntax: string, name: string): Layout {
  const bitsAllocated = dataSet.uint16('x00280100') ?? 16;
  if (bitsAllocated !== 8 && bitsAllocated !== 16)
    throw new UserError(
      `${name} is a DICOM file with ${bitsAllocated} bits a pixel; 8 and 16 are read. Convert it, for example with dcmconv or pydicom.`,
    );
  const bitsStored = Math.min(dataSet.uint16('x00280101') ?? bitsAllocated, bitsAllocated);
  const highBit = Math.min(dataSet.uint16('x00280102') ?? bitsStored - 1, bitsAllocated - 1);
  return { bitsAllocated, bitsStored, highBit, signed: dataSet.uint16('x00280103') === 1, bigEndian: syntax === '1.2.840.10008.1.2.2' };
}

/** The stored values of the first frame: `bitsStored` bits ending at `highBit`, sign-extended; other bits (old overlays) dropped. */
function storedValues(bytes: Uint8Array, pixels: Element, layout: Layout, count: number): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset + pixels.dataOffset);
  const { bitsAllocated, bitsStored, highBit, signed, bigEndian } = layout;
  // 8-bit pixels in big-endian 16-bit words lie in swapped pairs (PS3.5 8.1.1).
  const swap = bigEndian && bitsAllocated === 8 && pixels.vr === 'OW' ? 1 : 0;
  const up = 31 - highBit;
  const down = 32 - bitsStored;
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const word = bitsAllocated === 16 ? view.getUint16(2 * i, !bigEndian) : view.getUint8(Math.min(i ^ swap, view.byteLength - 1));
    const raised = word << up;
    out[i] = signed ? raised >> down : raised >>> down;
  }
  return out;
}

/**
 * Where an attribute stands: in the file itself, or for enhanced multi-frame files in the first item of a functional group (PS3.3
 * C.7.6.16).
 */
function withAttribute(dataSet: DataSet, tag: string, group: string): DataSet | undefined {
  if (dataSet.elements[tag]) return dataSet;
  for (const functionalGroups of ['x52009229', 'x52009230']) {
    const found = dataSet.elements[functionalGroups]?.items?.[0]?.dataSet?.elements[group]?.items?.[0]?.dataSet;
    if (found?.elements[tag]) return found;
  }
  return undefined;
}

/**
 * One value of a decimal or integer string (DS, IS), which may hold several; undefined when absent or empty. (The parser's own reader
 * throws on too few values.)
 */
function decimal(dataSet: DataSet | undefined, tag: string, index = 0): number | undefined {
  const text = dataSet?.string(tag)?.split('\\')[index]?.trim();
  return text ? Number(text) : undefined;
}
