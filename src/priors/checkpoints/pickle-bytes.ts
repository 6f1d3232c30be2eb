import { UserError } from '../../tensor/errors.js';

/** The bytes end inside a pickle. Whoever read only a part of the file reads more. */
export class PickleEnds extends UserError {}

/** Longer names of classes than Python could have. */
const MAX_LINE = 4096;

/** A cursor on the bytes of a pickle. Nothing is allocated beyond the bytes that remain. */
export class PickleBytes {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** The byte read next. */
  at: number;

  /** @param file for messages */
  constructor(
    bytes: Uint8Array,
    at: number,
    readonly file: string,
  ) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  /** @throws UserError always */
  broken(what: string): never {
    throw new UserError(
      `${this.file} is not a whole PyTorch file: ${what} (byte ${this.at} of its pickle). Download it again, or save it again with torch.save.`,
    );
  }

  byte(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** A length. Beyond 2^53 it is inexact, and beyond any file all the same. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** The one number of a pickle that is big-endian. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** A view of the next bytes. */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** UTF-8. Python writes lone surrogates too, which become U+FFFD. */
  text(length: number): string {
    return utf8.decode(this.take(length));
  }

  /** Text up to the end of the line, which is left out. */
  line(): string {
    const rest = this.#bytes.subarray(this.at, this.at + MAX_LINE);
    const end = rest.indexOf(10);
    if (end < 0) return rest.length < MAX_LINE ? this.#ends() : this.broken('a name in it is too long');
    const text = this.text(end);
    this.at++;
    return text;
  }

  #advance(length: number): number {
    const start = this.at;
    if (start + length > this.#bytes.length) this.#ends();
    this.at += length;
    return start;
  }

  #ends(): never {
    throw new PickleEnds(`${this.file} is cut short: it ends inside its pickle. Copy or download it again.`);
  }
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
