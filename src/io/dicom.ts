import type { DataSet, Element } from 'dicom-parser';
import { UsageError, UserError } from '../tensor/errors.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { decimal, withAttribute } from './dicom-attributes.js';
import { displayOf, lookupTable } from './dicom-display.js';
import { type FrameWords, frameWords, type PixelLayout } from './dicom-frames.js';
import { damagedDicom, openDicomBytes } from './dicom-open.js';
import { explicitBig, packingOf } from './dicom-syntax.js';
import { type Display, lookUp } from './display.js';
import type { Window } from './hounsfield.js';
import { printable } from './printable.js';

export { isDicom } from './dicom-signature.js';

/** A frame of a DICOM file. Nothing that names a patient is read. */
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
  /** How the file wants its values shown. */
  readonly display?: Display;
  /** Distance between rows and between columns, cm. */
  readonly pixelSizeCm?: readonly [rows: number, columns: number];
  readonly frames: number;
  readonly bitsStored: number;
  readonly signed: boolean;
  readonly transferSyntax: string;
  /** What was left out or assumed, one sentence each. */
  readonly notices: readonly string[];
}

/** A DICOM file with an image in it, whose frames are read when they are asked for. Nothing that names a patient is read. */
export interface DicomFile extends Omit<DicomImage, 'values'> {
  readonly rows: number;
  readonly columns: number;
  /** The frame `index`, [rows, columns] row by row, as `values` of {@link DicomImage}. @throws UserError when it is damaged */
  frame(index: number): Promise<Float32Array>;
}

/**
 * Open a DICOM file (PS3.10): uncompressed, deflated, RLE, JPEG (baseline, extended, lossless), JPEG-LS or JPEG 2000; little or big endian,
 * explicit or implicit types, 8 or 16 bits, one sample a pixel; with preamble and header or without.
 * @param name what to call the file in messages
 * @throws UserError when the bytes are no DICOM file, are cut short, are packed in another way, are in colour, or hold no image
 */
export async function openDicom(given: Uint8Array, name = 'the file'): Promise<DicomFile> {
  const file = await guarded(name, () => readFile(given, name));
  return { ...file, frame: (index) => guarded(name, () => file.frame(index)) };
}

/** What the parser throws of elements that are shorter than their types: an error, or a text. */
async function guarded<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw damagedDicom(
      name,
      printable(error instanceof Error ? error.message : String(error))
        .split('\n')[0]
        .replace(/\.$/, ''),
      error,
    );
  }
}

async function readFile(given: Uint8Array, name: string): Promise<DicomFile> {
  const cut = (detail: string, cause?: unknown) => damagedDicom(name, detail, cause);
  const { bytes, dataSet, syntax } = await openDicomBytes(given, name);
  const packing = packingOf(syntax, name);
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
  const layout = layoutOf(dataSet, rows, columns, syntax, name);
  const stated = decimal(dataSet, 'x00280008') ?? 1;
  const frames = Number.isSafeInteger(stated) && stated >= 1 ? stated : 1;
  const needed = (rows * columns * layout.bitsAllocated) / 8;
  if (packing === 'none' && pixels.length < needed)
    throw cut(`it holds ${pixels.length} of the ${needed} bytes of its ${columns} x ${rows} pixels`);
  const notices: string[] = [];
  const modality = dataSet.string('x00080060');
  if (modality === 'CT') refuseOtherQuantities(dataSet, name);
  const { hounsfield } = modalityOf(dataSet, modality, name, notices, cut, 0);
  const spacing = withAttribute(dataSet, 'x00280030', 'x00289110');
  const size = [decimal(spacing, 'x00280030'), decimal(spacing, 'x00280030', 1)].map((mm) => (mm ?? 0) / 10);
  const display = displayOf(dataSet);
  return {
    rows,
    columns,
    hounsfield,
    inverted: dataSet.string('x00280004') === 'MONOCHROME1',
    modality,
    window: display?.window,
    display,
    pixelSizeCm: size.every((cm) => cm > 0 && Number.isFinite(cm)) ? [size[0], size[1]] : undefined,
    frames,
    bitsStored: layout.bitsStored,
    signed: layout.signed,
    transferSyntax: syntax,
    notices,
    async frame(index) {
      const words = await frameWords({ bytes, dataSet, pixels, packing, layout, frames, name }, index);
      const { rescale, table } = modalityOf(dataSet, modality, name, [], cut, index);
      const { data, padded } = storedValues(words, pixels, paddingOf(dataSet, layout));
      for (let i = 0; i < data.length; i++) data[i] = table ? lookUp(table, data[i]) : data[i] * rescale.slope + rescale.intercept;
      // padding is what the scanner never saw: air in a CT, else black
      let least = -1000;
      if (padded && !hounsfield) {
        least = Number.POSITIVE_INFINITY;
        for (let i = 0; i < data.length; i++) if (!padded[i] && data[i] < least) least = data[i];
      }
      if (padded) for (let i = 0; i < data.length; i++) if (padded[i]) data[i] = Number.isFinite(least) ? least : 0;
      return data;
    },
  };
}

/**
 * Read one frame of a DICOM file, as {@link openDicom} does.
 * @param name what to call the file in messages
 * @param frame of several; the middle one where absent, with a notice
 * @throws UserError as {@link openDicom}; UsageError for a frame that it does not have
 */
export async function parseDicom(bytes: Uint8Array, name = 'the file', frame?: number): Promise<DicomImage> {
  const { frame: read, rows, columns, ...file } = await openDicom(bytes, name);
  const { frames } = file;
  if (frame !== undefined && frame >= frames)
    throw new UsageError(`${name} has ${frames === 1 ? 'one frame' : `${frames} frames`}: --slice ${frame} is beyond 0 to ${frames - 1}.`);
  const index = frame ?? frames >> 1;
  const chosen =
    frames > 1 && frame === undefined
      ? [`${name} has ${frames} frames; frame ${index} (from 0) is used, the middle one. Choose another with --slice.`]
      : [];
  return { ...file, values: tensor([1, rows, columns], await read(index)), notices: [...chosen, ...file.notices] };
}

function layoutOf(dataSet: DataSet, rows: number, columns: number, syntax: string, name: string): PixelLayout {
  const bitsAllocated = dataSet.uint16('x00280100') ?? 16;
  if (bitsAllocated !== 8 && bitsAllocated !== 16)
    throw new UserError(
      `${name} is a DICOM file with ${bitsAllocated} bits a pixel; 8 and 16 are read. Convert it, for example with dcmconv or pydicom.`,
    );
  const bitsStored = Math.min(dataSet.uint16('x00280101') ?? bitsAllocated, bitsAllocated);
  const highBit = Math.min(dataSet.uint16('x00280102') ?? bitsStored - 1, bitsAllocated - 1);
  const signed = dataSet.uint16('x00280103') === 1;
  return { rows, columns, bitsAllocated, bitsStored, highBit, signed, bigEndian: syntax === explicitBig };
}

/** Stored words that stand for no measurement (PS3.3 C.7.5.1.1.2): from one value to another, as they are allocated. */
interface Padding {
  readonly low: number;
  readonly high: number;
}

function paddingOf(dataSet: DataSet, { bitsAllocated, signed }: PixelLayout): Padding | undefined {
  const limits = ['x00280120', 'x00280121'].map((tag) => {
    const word = dataSet.elements[tag] ? dataSet.uint16(tag) : undefined;
    return word === undefined ? undefined : asAllocated(word, bitsAllocated, signed);
  });
  const [value, limit = value] = limits;
  return value === undefined ? undefined : { low: Math.min(value, limit!), high: Math.max(value, limit!) };
}

/** A word with all of its allocated bits, sign-extended. */
function asAllocated(word: number, bits: number, signed: boolean): number {
  const up = 32 - bits;
  return signed ? (word << up) >> up : (word << up) >>> up;
}

/**
 * The stored values of a frame: `bitsStored` bits ending at `highBit`, sign-extended; other bits (old overlays) dropped. Padding
 * may use the bits beyond those stored, so it is looked for in the whole word as well.
 * @returns the values, and 1 for each that is padding where the file names some
 */
function storedValues(
  { words, layout }: FrameWords,
  pixels: Element,
  padding: Padding | undefined,
): { data: Float32Array; padded?: Uint8Array } {
  const view = new DataView(words.buffer, words.byteOffset, words.byteLength);
  const { bitsAllocated, bitsStored, highBit, signed, bigEndian, rows, columns } = layout;
  const count = rows * columns;
  // 8-bit pixels in big-endian 16-bit words lie in swapped pairs (PS3.5 8.1.1).
  const swap = bigEndian && bitsAllocated === 8 && pixels.vr === 'OW' ? 1 : 0;
  const up = 31 - highBit;
  const down = 32 - bitsStored;
  const data = new Float32Array(count);
  const padded = padding && new Uint8Array(count);
  const isPadding = (value: number) => value >= padding!.low && value <= padding!.high;
  for (let i = 0; i < count; i++) {
    const word = bitsAllocated === 16 ? view.getUint16(2 * i, !bigEndian) : view.getUint8(Math.min(i ^ swap, view.byteLength - 1));
    const raised = word << up;
    data[i] = signed ? raised >> down : raised >>> down;
    if (padded && (isPadding(data[i]) || isPadding(asAllocated(word, bitsAllocated, signed)))) padded[i] = 1;
  }
  return { data, padded };
}

/** What a slice of attenuation is not. @throws UserError for projections, and for maps of other quantities */
function refuseOtherQuantities(dataSet: DataSet, name: string): void {
  if (dataSet.string('x00080008')?.split('\\')[2]?.trim() === 'LOCALIZER')
    throw new UserError(`${name} is a localizer (a scout view): a projection through the body, not a slice. Choose a slice of the series.`);
  const type = rescaleTypeOf(dataSet);
  if (type !== undefined && !hounsfieldTypes.includes(type))
    throw new UserError(
      `${name} holds ${otherQuantities[type] ?? `values of the rescale type ${type}`}, not Hounsfield units. Choose the series of the attenuation (rescale type HU), or save the values as NPY with a range.`,
    );
}

/** Rescale types of CT that are Hounsfield units: `US` is unspecified. */
const hounsfieldTypes: readonly string[] = ['HU', 'HU_MOD', 'US'];

/** Rescale types of PS3.3 C.11.1.1.2. */
const otherQuantities: Readonly<Record<string, string>> = {
  OD: 'optical densities',
  Z_EFF: 'effective atomic numbers',
  ED: 'electron densities',
  EDW: 'electron densities relative to water',
  MGML: 'densities in mg/ml',
  PCT: 'percentages',
};

function rescaleTypeOf(dataSet: DataSet): string | undefined {
  return withAttribute(dataSet, 'x00281054', 'x00289145')?.string('x00281054')?.trim().toUpperCase() || undefined;
}

/** From stored values to the modality's own: slope and intercept, each with its own default, or a table. */
function modalityOf(
  dataSet: DataSet,
  modality: string | undefined,
  name: string,
  notices: string[],
  cut: (detail: string) => UserError,
  frame: number,
): { rescale: { slope: number; intercept: number }; table?: ReturnType<typeof lookupTable>; hounsfield: boolean } {
  const [stated, offset] = ['x00281053', 'x00281052'].map((tag) => decimal(withAttribute(dataSet, tag, 'x00289145', frame), tag));
  const rescale = { slope: stated ?? 1, intercept: offset ?? 0 };
  if (rescale.slope === 0 || !Number.isFinite(Math.fround(65535 * rescale.slope)) || !Number.isFinite(Math.fround(rescale.intercept)))
    throw cut('its rescale slope or intercept is no usable number');
  const item = stated === undefined && offset === undefined ? dataSet.elements.x00283000?.items?.[0]?.dataSet : undefined;
  const table = item && lookupTable(item);
  if (item && !table) throw cut('its modality lookup table cannot be read');
  const type = table ? item!.string('x00283004')?.trim().toUpperCase() : rescaleTypeOf(dataSet);
  const hounsfield = modality === 'CT' || type === 'HU';
  if (hounsfield && !table) {
    if (stated === undefined && offset === undefined)
      notices.push(`${name} states no rescale slope and intercept; its stored values are taken as HU.`);
    else if (stated === undefined || offset === undefined)
      notices.push(
        `${name} states no rescale ${stated === undefined ? 'slope' : 'intercept'}; ${stated === undefined ? 1 : 0} is taken, as DICOM has it.`,
      );
  }
  return { rescale, table, hounsfield };
}
