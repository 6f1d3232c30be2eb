import { CodecError } from './codec-error.js';
import { BitReader, type HuffmanTable, huffmanTable } from './jpeg-bits.js';
import { inverseDct, zigzag } from './jpeg-dct.js';

/** Samples of one component, as their file packs them. */
export interface DecodedFrame {
  readonly width: number;
  readonly height: number;
  /** Bits a sample. */
  readonly precision: number;
  readonly samples: Uint16Array;
}

interface Frame {
  readonly kind: 'dct' | 'lossless';
  readonly width: number;
  readonly height: number;
  readonly precision: number;
  readonly table: number;
}

interface State {
  readonly dc: (HuffmanTable | undefined)[];
  readonly ac: (HuffmanTable | undefined)[];
  readonly quantisation: (Uint16Array | undefined)[];
  frame?: Frame;
  restart: number;
}

/**
 * Read a grey JPEG (ITU-T T.81) coded by Huffman: sequential of 8 or 12 bits (baseline, extended) and lossless (process 14).
 * @param most pixels that are expected; a header that states others is refused before room is made
 * @throws CodecError when it is damaged, in colour, progressive or arithmetic
 */
export function decodeJpeg(bytes: Uint8Array, most: number): DecodedFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) throw new CodecError('it does not start as a JPEG');
  const state: State = { dc: [], ac: [], quantisation: [], restart: 0 };
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) throw new CodecError('a marker is missing');
    const marker = bytes[at + 1];
    if (marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    if (marker === 0xd9) break;
    const length = view.getUint16(at + 2);
    const end = at + 2 + length;
    if (length < 2 || end > bytes.length) throw new CodecError('a segment reaches beyond its end');
    const segment = bytes.subarray(at + 4, end);
    if (marker === 0xc4) readHuffman(segment, state);
    else if (marker === 0xdb) readQuantisation(segment, state);
    else if (marker === 0xdd) state.restart = segment.length >= 2 ? (segment[0] << 8) | segment[1] : 0;
    else if (marker === 0xc0 || marker === 0xc1 || marker === 0xc3) state.frame = readFrame(segment, marker, most);
    else if (marker >= 0xc2 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc)
      throw new CodecError('it is progressive, hierarchical or arithmetic, which DICOM no longer knows');
    else if (marker === 0xda) return readScan(bytes, end, segment, state);
    at = end;
  }
  throw new CodecError('it has no samples');
}

function readFrame(segment: Uint8Array, marker: number, most: number): Frame {
  if (segment.length < 9) throw new CodecError('its size is missing');
  const [precision, high, low, wide, narrow, components] = segment;
  const [height, width] = [(high << 8) | low, (wide << 8) | narrow];
  if (components !== 1) throw new CodecError(`it has ${components} components, and one is read`);
  const kind = marker === 0xc3 ? 'lossless' : 'dct';
  if (kind === 'lossless' ? precision < 2 || precision > 16 : precision !== 8 && precision !== 12)
    throw new CodecError(`it has ${precision} bits a sample`);
  if (width * height !== most) throw new CodecError(`it has ${width} x ${height} pixels`);
  return { kind, width, height, precision, table: segment[8] & 3 };
}

function readHuffman(segment: Uint8Array, { dc, ac }: State): void {
  for (let at = 0; at + 17 <= segment.length; ) {
    const [kind, place] = [segment[at] >> 4, segment[at] & 3];
    const counts = segment.subarray(at + 1, at + 17);
    const total = counts.reduce((a, b) => a + b, 0);
    (kind === 0 ? dc : ac)[place] = huffmanTable(counts, segment.subarray(at + 17, at + 17 + total));
    at += 17 + total;
  }
}

function readQuantisation(segment: Uint8Array, { quantisation }: State): void {
  for (let at = 0; at < segment.length; ) {
    const [wide, place] = [segment[at] >> 4 === 1, segment[at] & 3];
    at++;
    const table = new Uint16Array(64);
    if (at + (wide ? 128 : 64) > segment.length) throw new CodecError('a quantisation table is cut short');
    for (let k = 0; k < 64; k++) table[zigzag[k]] = wide ? (segment[at + 2 * k] << 8) | segment[at + 2 * k + 1] : segment[at + k];
    quantisation[place] = table;
    at += wide ? 128 : 64;
  }
}

function readScan(bytes: Uint8Array, start: number, segment: Uint8Array, state: State): DecodedFrame {
  const { frame } = state;
  if (frame === undefined || segment.length < 6 || segment[0] !== 1) throw new CodecError('a scan stands where none can be');
  const [, , tables, selection, , low] = segment;
  const dc = state.dc[(tables >> 4) & 3];
  if (dc === undefined) throw new CodecError('a Huffman table is missing');
  const { width, height, precision } = frame;
  const reader = new BitReader(bytes, start);
  if (frame.kind === 'lossless')
    return { width, height, precision, samples: lossless(reader, dc, frame, selection, low & 15, state.restart) };
  const ac = state.ac[tables & 3];
  const quantisation = state.quantisation[frame.table];
  if (ac === undefined || quantisation === undefined) throw new CodecError('a table is missing');
  return { width, height, precision, samples: sequential(reader, dc, ac, quantisation, frame, state.restart) };
}

/** Each sample from its neighbours by one of seven predictions, and a difference (T.81, H.1). */
function lossless(
  reader: BitReader,
  table: HuffmanTable,
  { width, height, precision }: Frame,
  selection: number,
  shift: number,
  restart: number,
): Uint16Array {
  if (selection < 1 || selection > 7 || shift >= precision) throw new CodecError(`it states the prediction ${selection}`);
  const samples = new Uint16Array(width * height);
  const initial = 1 << (precision - shift - 1);
  let firstRow = 0;
  for (let i = 0; i < samples.length; i++) {
    const column = i % width;
    if (restart > 0 && i > 0 && i % restart === 0) {
      reader.restart();
      firstRow = i;
    }
    const [a, b, c] = [samples[i - 1], samples[i - width], samples[i - width - 1]];
    let prediction: number;
    if (i === firstRow) prediction = initial;
    else if (i - firstRow < width - (firstRow % width)) prediction = a;
    else if (column === 0) prediction = b;
    else if (selection === 1) prediction = a;
    else if (selection === 2) prediction = b;
    else if (selection === 3) prediction = c;
    else if (selection === 4) prediction = a + b - c;
    else if (selection === 5) prediction = a + ((b - c) >> 1);
    else if (selection === 6) prediction = b + ((a - c) >> 1);
    else prediction = (a + b) >> 1;
    samples[i] = prediction + reader.difference(reader.decode(table)); // modulo 2^16, as the standard has it
  }
  if (shift > 0) for (let i = 0; i < samples.length; i++) samples[i] <<= shift;
  return samples;
}

/** Blocks of 8 x 8 cosines, row by row (T.81, F.2). */
function sequential(
  reader: BitReader,
  dc: HuffmanTable,
  ac: HuffmanTable,
  quantisation: Uint16Array,
  { width, height, precision }: Frame,
  restart: number,
): Uint16Array {
  const samples = new Uint16Array(width * height);
  const [across, down] = [Math.ceil(width / 8), Math.ceil(height / 8)];
  const [middle, top] = [2 ** (precision - 1), 2 ** precision - 1];
  const block = new Float32Array(64);
  let last = 0;
  for (let k = 0; k < across * down; k++) {
    if (restart > 0 && k > 0 && k % restart === 0) {
      reader.restart();
      last = 0;
    }
    block.fill(0);
    last += reader.difference(reader.decode(dc));
    block[0] = last * quantisation[0];
    for (let i = 1; i < 64; i++) {
      const code = reader.decode(ac);
      const [run, size] = [code >> 4, code & 15];
      if (size === 0 && run !== 15) break;
      i += run;
      if (i > 63) throw new CodecError('a block has more than 64 values');
      if (size > 0) block[zigzag[i]] = reader.difference(size) * quantisation[zigzag[i]];
    }
    inverseDct(block);
    const [left, up] = [(k % across) * 8, Math.floor(k / across) * 8];
    for (let y = 0; y < 8 && up + y < height; y++)
      for (let x = 0; x < 8 && left + x < width; x++)
        samples[(up + y) * width + left + x] = Math.min(top, Math.max(0, Math.round(block[8 * y + x] + middle)));
  }
  return samples;
}
