import { CodecError } from './codec-error.js';
import type { DecodedFrame } from './jpeg.js';

/** How often a code of the run length grows (ITU-T T.87, A.2.1). */
const J = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/** Contexts of gradients, and two of what ends a run. */
const CONTEXTS = 365;

/** What a stream states, and what follows of it (T.87, C.2.4 and A.2). */
interface Coding {
  readonly near: number;
  readonly most: number;
  readonly thresholds: readonly [number, number, number];
  readonly reset: number;
  readonly range: number;
  /** Bits of a number below the range, and the longest code. */
  readonly rangeBits: number;
  readonly limit: number;
}

/**
 * Read a grey JPEG-LS (ITU-T T.87), lossless or near-lossless, 2 to 16 bits.
 * @param pixels that are expected; a header that states others is refused before room is made
 * @throws CodecError when it is damaged, in colour, or with restart markers
 */
export function decodeJpegLs(bytes: Uint8Array, pixels: number): DecodedFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) throw new CodecError('it does not start as a JPEG-LS');
  let frame: { width: number; height: number; precision: number } | undefined;
  let preset: number[] = [];
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = view.getUint16(at);
    const length = view.getUint16(at + 2);
    const end = at + 2 + length;
    if (marker >> 8 !== 0xff || length < 2 || end > bytes.length) throw new CodecError('a segment reaches beyond its end');
    if (marker === 0xfff7) {
      if (length < 11) throw new CodecError('its size is missing');
      const [precision, height, width, components] = [bytes[at + 4], view.getUint16(at + 5), view.getUint16(at + 7), bytes[at + 9]];
      if (components !== 1) throw new CodecError(`it has ${components} components, and one is read`);
      if (precision < 2 || precision > 16) throw new CodecError(`it has ${precision} bits a sample`);
      if (width * height !== pixels) throw new CodecError(`it has ${width} x ${height} pixels`);
      frame = { width, height, precision };
    } else if (marker === 0xfff8 && length >= 13 && bytes[at + 4] === 1)
      preset = [0, 1, 2, 3, 4].map((k) => view.getUint16(at + 5 + 2 * k));
    else if (marker === 0xffdd) throw new CodecError('it has restart markers, which are not read');
    else if (marker === 0xffda) {
      if (frame === undefined || length < 8 || bytes[at + 4] !== 1) throw new CodecError('a scan stands where none can be');
      const coding = codingOf(2 ** frame.precision - 1, bytes[at + 7], preset);
      return { ...frame, samples: new Scan(bytes, end, coding, frame.width).read(frame.height) };
    }
    at = end;
  }
  throw new CodecError('it has no samples');
}

function codingOf(full: number, near: number, preset: readonly number[]): Coding {
  const most = preset[0] || full;
  if (most > full || near > Math.min(255, most / 2)) throw new CodecError('it states an impossible range');
  const clamp = (value: number, least: number) => (value > most || value < least ? least : value);
  const factor = most >= 128 ? Math.floor((Math.min(most, 4095) + 128) / 256) : Math.floor(256 / (most + 1));
  const usual = (basic: number, least: number, loss: number) =>
    most >= 128 ? factor * (basic - least) + least + loss * near : Math.max(least, Math.floor(basic / factor) + loss * near);
  const first = preset[1] || clamp(usual(3, 2, 3), near + 1);
  const second = preset[2] || clamp(usual(7, 3, 5), first);
  const third = preset[3] || clamp(usual(21, 4, 7), second);
  const range = Math.floor((most + 2 * near) / (2 * near + 1)) + 1;
  const bits = Math.max(2, Math.ceil(Math.log2(most + 1)));
  return {
    near,
    most,
    thresholds: [first, second, third],
    reset: preset[4] || 64,
    range,
    rangeBits: Math.ceil(Math.log2(range)),
    limit: 2 * (bits + Math.max(8, bits)),
  };
}

/** A scan of one component: each sample from its neighbours, its error by the statistics of its context (T.87, annex A and F). */
class Scan {
  private readonly a: Int32Array;
  private readonly b = new Int32Array(CONTEXTS + 2);
  private readonly c = new Int32Array(CONTEXTS + 2);
  private readonly n = new Int32Array(CONTEXTS + 2).fill(1);
  private readonly negative = [0, 0];
  private runIndex = 0;
  private byte = 0;
  private left = 0;
  private missing = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    private readonly coding: Coding,
    private readonly width: number,
  ) {
    this.a = new Int32Array(CONTEXTS + 2).fill(Math.max(2, Math.floor((coding.range + 32) / 64)));
  }

  read(height: number): Uint16Array {
    const { width } = this;
    const samples = new Uint16Array(width * height);
    // a line with one sample more at either end: what stands left of it and right of it
    let [above, line] = [new Int32Array(width + 2), new Int32Array(width + 2)];
    for (let y = 0; y < height; y++) {
      line[0] = above[1];
      above[width + 1] = above[width];
      this.readLine(above, line);
      for (let x = 0; x < width; x++) samples[y * width + x] = line[x + 1];
      [above, line] = [line, above];
    }
    return samples;
  }

  private readLine(above: Int32Array, line: Int32Array): void {
    const { width } = this;
    const { near } = this.coding;
    for (let x = 1; x <= width; ) {
      const [ra, rb, rc, rd] = [line[x - 1], above[x], above[x - 1], above[x + 1]];
      const [d1, d2, d3] = [rd - rb, rb - rc, rc - ra];
      if (Math.abs(d1) <= near && Math.abs(d2) <= near && Math.abs(d3) <= near) x = this.readRun(above, line, x);
      else line[x++] = this.readRegular(ra, rb, rc, 81 * this.quantise(d1) + 9 * this.quantise(d2) + this.quantise(d3));
    }
  }

  private quantise(d: number): number {
    const { near, thresholds } = this.coding;
    const size = Math.abs(d);
    const level = size <= near ? 0 : size < thresholds[0] ? 1 : size < thresholds[1] ? 2 : size < thresholds[2] ? 3 : 4;
    return d < 0 ? -level : level;
  }

  private readRegular(ra: number, rb: number, rc: number, context: number): number {
    const { near, most, limit, reset } = this.coding;
    const { a, b, c, n } = this;
    const [q, sign] = context < 0 ? [-context, -1] : [context, 1];
    const [low, high] = ra < rb ? [ra, rb] : [rb, ra];
    const median = rc >= high ? low : rc <= low ? high : ra + rb - rc;
    const predicted = Math.min(most, Math.max(0, median + sign * c[q]));
    let k = 0;
    while (k < 24 && n[q] << k < a[q]) k++;
    const code = this.golomb(k, limit);
    const turned = near === 0 && k === 0 && 2 * b[q] <= -n[q];
    const half = code >> 1;
    const error = code & 1 ? (turned ? half : -half - 1) : turned ? -half - 1 : half;
    b[q] += error * (2 * near + 1);
    a[q] += Math.abs(error);
    if (n[q] === reset) {
      a[q] >>= 1;
      b[q] >>= 1;
      n[q] >>= 1;
    }
    n[q]++;
    if (b[q] <= -n[q]) {
      b[q] = Math.max(b[q] + n[q], 1 - n[q]);
      if (c[q] > -128) c[q]--;
    } else if (b[q] > 0) {
      b[q] = Math.min(b[q] - n[q], 0);
      if (c[q] < 127) c[q]++;
    }
    return this.corrected(predicted, sign * error);
  }

  /** Samples that are all as the one before, and the one that ends them. @returns where the next stands */
  private readRun(above: Int32Array, line: Int32Array, start: number): number {
    const { width } = this;
    const value = line[start - 1];
    let x = start;
    const fill = (count: number) => {
      if (x + count > width + 1) throw new CodecError('a run is longer than its line');
      line.fill(value, x, x + count);
      x += count;
    };
    while (this.bit() === 1) {
      const whole = 1 << J[this.runIndex];
      const count = Math.min(whole, width + 1 - x);
      fill(count);
      if (count === whole && this.runIndex < 31) this.runIndex++;
      if (x > width) return x;
    }
    fill(this.bits(J[this.runIndex]));
    if (x > width) throw new CodecError('a run is longer than its line');
    line[x] = this.readEnd(value, above[x]);
    if (this.runIndex > 0) this.runIndex--;
    return x + 1;
  }

  /** The sample that ends a run. */
  private readEnd(ra: number, rb: number): number {
    const { near, limit, reset } = this.coding;
    const { a, n, negative } = this;
    const alike = Math.abs(ra - rb) <= near ? 1 : 0;
    const q = CONTEXTS + alike;
    const weight = a[q] + (alike ? n[q] >> 1 : 0);
    let k = 0;
    while (k < 24 && n[q] << k < weight) k++;
    const code = this.golomb(k, limit - J[this.runIndex] - 1);
    const mapped = code + alike;
    const odd = mapped & 1;
    const size = (mapped + odd) >> 1;
    const below = k !== 0 || 2 * negative[alike] >= n[q];
    const error = below === (odd === 1) ? -size : size;
    if (error < 0) negative[alike]++;
    a[q] += (code + 1 - alike) >> 1;
    if (n[q] === reset) {
      a[q] >>= 1;
      n[q] >>= 1;
      negative[alike] >>= 1;
    }
    n[q]++;
    const sign = alike === 0 && ra > rb ? -1 : 1;
    return this.corrected(alike ? ra : rb, sign * error);
  }

  /** A prediction with its error, modulo the range. */
  private corrected(predicted: number, error: number): number {
    const { near, most, range } = this.coding;
    const step = 2 * near + 1;
    let value = predicted + error * step;
    if (value < -near) value += range * step;
    else if (value > most + near) value -= range * step;
    return Math.min(most, Math.max(0, value));
  }

  /** A number by its upper part in noughts and `k` bits, or as it is after as many noughts as there may be (T.87, A.5.3). */
  private golomb(k: number, limit: number): number {
    const { rangeBits } = this.coding;
    const longest = limit - rangeBits - 1;
    let upper = 0;
    while (this.bit() === 0) if (++upper > longest) throw new CodecError('a code is too long');
    return upper < longest ? (upper << k) | this.bits(k) : this.bits(rangeBits) + 1;
  }

  private bits(count: number): number {
    let value = 0;
    for (let k = 0; k < count; k++) value = (value << 1) | this.bit();
    return value;
  }

  private bit(): number {
    if (this.left === 0) this.next();
    return (this.byte >> --this.left) & 1;
  }

  /** After a byte of ones the next has seven bits, unless it belongs to a marker, which ends the samples. */
  private next(): void {
    const afterOnes = this.byte === 0xff;
    const byte = this.bytes[this.at];
    const isEnd = byte === undefined || (byte === 0xff && !(this.bytes[this.at + 1] < 0x80));
    if (isEnd) {
      if (++this.missing > 8) throw new CodecError('the samples end too early');
      [this.byte, this.left] = [0, 8];
      return;
    }
    this.at++;
    [this.byte, this.left] = [byte, afterOnes ? 7 : 8];
  }
}
