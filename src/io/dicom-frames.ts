import type { DataSet, Element } from 'dicom-parser';
import { CodecError } from './codecs/codec-error.js';
import { damagedDicom } from './dicom-open.js';
import type { Packing } from './dicom-syntax.js';
import { printable } from './printable.js';

/** How the stored numbers lie in the file (DICOM PS3.5 section 8). */
export interface PixelLayout {
  readonly rows: number;
  readonly columns: number;
  readonly bitsAllocated: 8 | 16;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  readonly bigEndian: boolean;
}

/** The words of a frame, as many as it has pixels, in its own layout. */
export interface FrameWords {
  readonly words: Uint8Array;
  readonly layout: PixelLayout;
}

/** Bytes and elements of a file with a picture in it. */
interface Pixels {
  readonly bytes: Uint8Array;
  readonly dataSet: DataSet;
  readonly pixels: Element;
  readonly packing: Packing;
  readonly layout: PixelLayout;
  readonly frames: number;
  readonly name: string;
}

/**
 * The words of a frame, unpacked.
 * @throws UserError when they are cut short or damaged
 */
export async function frameWords(file: Pixels, frame: number): Promise<FrameWords> {
  const { bytes, pixels, packing, layout, name } = file;
  const { rows, columns, bitsAllocated } = layout;
  const count = rows * columns;
  const needed = (count * bitsAllocated) / 8;
  if (packing === 'none') {
    const offset = pixels.dataOffset + frame * needed;
    const present = Math.max(0, Math.min(pixels.dataOffset + pixels.length, bytes.length) - offset);
    if (present < needed) throw damagedDicom(name, `it holds ${present} of the ${needed} bytes of its ${columns} x ${rows} pixels`);
    return { words: bytes.subarray(offset, offset + needed), layout };
  }
  const packed = fragmentsOf(file, frame);
  const little = { ...layout, bigEndian: false };
  try {
    return { words: await unpack(packing, packed, layout), layout: little };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw damagedDicom(
      name,
      `its pixels (${packing.toUpperCase()}) cannot be unpacked: ${printable(error.message).replace(/\.$/, '')}`,
      error,
    );
  }
}

const decoders = {
  jpeg: async (packed: Uint8Array, count: number) => (await import('./codecs/jpeg.js')).decodeJpeg(packed, count),
  'jpeg-ls': async (packed: Uint8Array, count: number) => (await import('./codecs/jpeg-ls.js')).decodeJpegLs(packed, count),
  'jpeg-2000': async (packed: Uint8Array, count: number) => (await import('./codecs/jpeg-2000.js')).decodeJpeg2000(packed, count),
};

/** The decoders are loaded when a file needs them. */
async function unpack(
  packing: Exclude<Packing, 'none'>,
  packed: Uint8Array,
  { rows, columns, bitsAllocated }: PixelLayout,
): Promise<Uint8Array> {
  const count = rows * columns;
  if (packing === 'rle') return (await import('./codecs/rle.js')).decodeRle(packed, count, bitsAllocated === 16 ? 2 : 1);
  const { samples } = await decoders[packing](packed, count);
  return bitsAllocated === 8 ? Uint8Array.from(samples) : littleEndian(samples);
}

function littleEndian(samples: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(2 * samples.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < samples.length; i++) view.setUint16(2 * i, samples[i], true);
  return bytes;
}

/** The packed bytes of a frame, which may be in several pieces (PS3.5 A.4). */
function fragmentsOf({ bytes, pixels, frames, name }: Pixels, frame: number): Uint8Array {
  const { fragments, basicOffsetTable: table } = pixels;
  if (!fragments?.length) throw damagedDicom(name, 'its packed pixels are missing');
  let own = fragments;
  if (frames > 1 && fragments.length === frames) own = [fragments[frame]];
  else if (frames > 1) {
    // the table says where frames start, counted from the first piece
    if (table?.length !== frames) throw damagedDicom(name, `its ${fragments.length} pieces cannot be told apart into ${frames} frames`);
    const [start, end] = [table[frame], table[frame + 1] ?? Number.POSITIVE_INFINITY];
    own = fragments.filter(({ offset }) => offset >= start && offset < end);
  }
  const parts = own.map(({ position, length }) => bytes.subarray(position, position + length));
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
