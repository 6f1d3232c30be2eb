import { CodecError } from './codec-error.js';

/** A Huffman table as JPEG states it (ITU-T T.81, C.2): by lengths of 1 to 16 bits, the smallest and largest code of each. */
export interface HuffmanTable {
  readonly least: Int32Array;
  readonly most: Int32Array;
  /** Place of the first value of each length. */
  readonly first: Int32Array;
  readonly values: Uint8Array;
}

/** @param counts how many codes there are of each length, 1 to 16 */
export function huffmanTable(counts: Uint8Array, values: Uint8Array): HuffmanTable {
  const [least, most, first] = [new Int32Array(17), new Int32Array(17).fill(-1), new Int32Array(17)];
  let [code, place] = [0, 0];
  for (let length = 1; length <= 16; length++) {
    first[length] = place;
    least[length] = code;
    const count = counts[length - 1];
    if (count > 0) most[length] = code + count - 1;
    code = (code + count) << 1;
    place += count;
  }
  if (place > values.length) throw new CodecError('a Huffman table is cut short');
  return { least, most, first, values };
}

/** The bits of a scan, up to its next marker. Past the end come zeros, but not many. */
export class BitReader {
  private bits = 0;
  private left = 0;
  private missing = 0;
  at: number;

  constructor(
    private readonly bytes: Uint8Array,
    start: number,
  ) {
    this.at = start;
  }

  bit(): number {
    if (this.left === 0) {
      this.bits = this.next();
      this.left = 8;
    }
    return (this.bits >> --this.left) & 1;
  }

  /** A number of so many bits, 16 at most. */
  read(count: number): number {
    let value = 0;
    for (let k = 0; k < count; k++) value = (value << 1) | this.bit();
    return value;
  }

  /** The value of the next code. */
  decode({ least, most, first, values }: HuffmanTable): number {
    let code = 0;
    for (let length = 1; length <= 16; length++) {
      code = (code << 1) | this.bit();
      if (code <= most[length]) return values[first[length] + code - least[length]];
    }
    throw new CodecError('a code is in no Huffman table');
  }

  /** A difference of the category `size` (T.81, F.2.2.1). */
  difference(size: number): number {
    if (size === 0) return 0;
    if (size > 16) throw new CodecError('a difference has more than 16 bits');
    if (size === 16) return 32768;
    const value = this.read(size);
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }

  /** Passes a restart marker: what follows is coded anew. */
  restart(): void {
    this.left = 0;
    while (this.at + 1 < this.bytes.length) {
      const isMarker = this.bytes[this.at] === 0xff && this.bytes[this.at + 1] >= 0xd0 && this.bytes[this.at + 1] <= 0xd7;
      if (isMarker) {
        this.at += 2;
        return;
      }
      if (this.bytes[this.at] === 0xff && this.bytes[this.at + 1] !== 0 && this.bytes[this.at + 1] !== 0xff) break;
      this.at++;
    }
    throw new CodecError('a restart marker is missing');
  }

  private next(): number {
    const byte = this.bytes[this.at];
    const isEnd = byte === undefined || (byte === 0xff && this.bytes[this.at + 1] !== 0);
    if (isEnd) {
      if (++this.missing > 16) throw new CodecError('the samples end too early');
      return 0;
    }
    this.at += byte === 0xff ? 2 : 1; // a byte of ones is followed by a nought that means nothing
    return byte;
  }
}
