/** A frame of DICOM's run-length coding: the writing side of PS3.5 annex G. */
export function rle(samples: Uint16Array, bytesEach: 1 | 2): Uint8Array {
  const segments = Array.from({ length: bytesEach }, (_, k) => packBits(samples, 8 * (bytesEach - 1 - k)));
  const header = new DataView(new ArrayBuffer(64));
  header.setUint32(0, segments.length, true);
  let at = 64;
  segments.forEach((segment, k) => {
    header.setUint32(4 + 4 * k, at, true);
    at += segment.length;
  });
  return Uint8Array.from([...new Uint8Array(header.buffer), ...segments.flat()]);
}

function packBits(samples: Uint16Array, shift: number): number[] {
  const bytes = Array.from(samples, (n) => (n >> shift) & 255);
  const out: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    let same = 1;
    while (same < 128 && bytes[at + same] === bytes[at]) same++;
    if (same > 1) {
      out.push(257 - same, bytes[at]);
      at += same;
      continue;
    }
    let other = 1;
    while (other < 128 && at + other < bytes.length && bytes[at + other] !== bytes[at + other + 1]) other++;
    out.push(other - 1, ...bytes.slice(at, at + other));
    at += other;
  }
  return out.length % 2 ? [...out, 128] : out; // 128 means nothing
}

/** Bits, with the nought that follows a byte of ones. */
class BitWriter {
  readonly bytes: number[] = [];
  private byte = 0;
  private used = 0;

  write(value: number, count: number): void {
    for (let k = count - 1; k >= 0; k--) {
      this.byte = (this.byte << 1) | ((value >> k) & 1);
      if (++this.used === 8) this.flush();
    }
  }

  /** Fills the last byte with ones. */
  align(): void {
    while (this.used > 0) this.write(1, 1);
  }

  private flush(): void {
    this.bytes.push(this.byte);
    if (this.byte === 0xff) this.bytes.push(0);
    [this.byte, this.used] = [0, 0];
  }
}

const segment = (marker: number, content: readonly number[]) => [
  0xff,
  marker,
  (content.length + 2) >> 8,
  (content.length + 2) & 255,
  ...content,
];
const word = (n: number) => [n >> 8, n & 255];
const category = (difference: number) => (difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference)));

/** Codes of one length for all values, whatever they are: legal, if not short. */
const evenTable = (kind: 0 | 1, values: readonly number[], bits: number) =>
  segment(0xc4, [kind << 4, ...Array.from({ length: 16 }, (_, k) => (k + 1 === bits ? values.length : 0)), ...values]);

function putDifference(writer: BitWriter, difference: number, size: number): void {
  if (size > 0 && size < 16) writer.write(difference > 0 ? difference : difference + (1 << size) - 1, size);
}

export interface LosslessOptions {
  readonly width: number;
  readonly precision: number;
  /** Which prediction, 1 to 7. */
  readonly selection: number;
  /** Rows between restart markers; none where absent. */
  readonly restartRows?: number;
}

/** Lossless JPEG of one component (ITU-T T.81, process 14). */
export function losslessJpeg(samples: Uint16Array, { width, precision, selection, restartRows }: LosslessOptions): Uint8Array {
  const height = samples.length / width;
  const writer = new BitWriter();
  const interval = restartRows ? restartRows * width : 0;
  for (let i = 0; i < samples.length; i++) {
    const anew = interval > 0 && i % interval === 0;
    if (anew && i > 0) {
      writer.align();
      writer.bytes.push(0xff, 0xd0 + ((i / interval - 1) & 7));
    }
    const row = Math.floor((interval ? i % interval : i) / width);
    const [a, b, c] = [samples[i - 1], samples[i - width], samples[i - width - 1]];
    const predictions = [0, a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1];
    const atStart = i === 0 || anew;
    const prediction = atStart ? 1 << (precision - 1) : row === 0 ? a : i % width === 0 ? b : predictions[selection];
    const wrapped = ((samples[i] - prediction + 0x18000) & 0xffff) - 0x8000;
    const difference = wrapped === -32768 ? 32768 : wrapped;
    const size = difference === 32768 ? 16 : category(difference);
    writer.write(size, 5);
    putDifference(writer, difference, size);
  }
  writer.align();
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...evenTable(0, [...Array(17).keys()], 5),
    ...segment(0xc3, [precision, ...word(height), ...word(width), 1, 1, 0x11, 0]),
    ...(interval ? segment(0xdd, word(interval)) : []),
    ...segment(0xda, [1, 1, 0, selection, 0, 0]),
    ...writer.bytes,
    ...[0xff, 0xd9],
  ]);
}

/** Extended JPEG of 12 bits, in blocks that are all of one value: only their first cosine is not nought. @param means [rows, columns] of blocks */
export function extendedJpeg(means: readonly (readonly number[])[], precision: 8 | 12): Uint8Array {
  const writer = new BitWriter();
  let last = 0;
  for (const mean of means.flat()) {
    // the first cosine of a block of one value is eight times that value
    const first = 8 * (mean - 2 ** (precision - 1));
    const size = category(first - last);
    writer.write(size, 5);
    putDifference(writer, first - last, size);
    writer.write(0, 1); // the end of the block
    last = first;
  }
  writer.align();
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...segment(0xdb, [0, ...new Array(64).fill(1)]),
    ...segment(0xc1, [precision, ...word(8 * means.length), ...word(8 * means[0].length), 1, 1, 0x11, 0]),
    ...evenTable(0, [...Array(17).keys()], 5),
    ...evenTable(1, [0], 1),
    ...segment(0xda, [1, 1, 0, 0, 63, 0]),
    ...writer.bytes,
    ...[0xff, 0xd9],
  ]);
}

const quiet = () => ({ print: () => {}, printErr: () => {} });
const bytesOfSamples = (samples: Uint16Array, bits: number) =>
  bits > 8 ? new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength) : Uint8Array.from(samples);

/** JPEG-LS by CharLS. @param near how far a sample may be off */
export async function jpegLs(samples: Uint16Array, width: number, bits: number, near: number): Promise<Uint8Array> {
  const { JpegLSEncoder } = await (await import('@cornerstonejs/codec-charls')).default(quiet());
  const encoder = new JpegLSEncoder();
  const info = { width, height: samples.length / width, bitsPerSample: bits, componentCount: 1, isSigned: false };
  encoder.getDecodedBuffer(info).set(bytesOfSamples(samples, bits));
  encoder.setNearLossless(near);
  encoder.encode();
  return Uint8Array.from(encoder.getEncodedBuffer());
}

/** JPEG 2000 by OpenJPEG. @param rate how much smaller it is to become; 0 loses nothing */
export async function jpeg2000(samples: Uint16Array, width: number, bits: number, isSigned: boolean, rate: number): Promise<Uint8Array> {
  const { J2KEncoder } = await (await import('@cornerstonejs/codec-openjpeg')).default(quiet());
  const encoder = new J2KEncoder();
  const info = { width, height: samples.length / width, bitsPerSample: bits, componentCount: 1, isSigned };
  encoder.getDecodedBuffer(info).set(bytesOfSamples(samples, bits));
  encoder.setDecompositions(2);
  encoder.setQuality(rate === 0, rate);
  encoder.encode();
  return Uint8Array.from(encoder.getEncodedBuffer());
}
