import { UserError } from '../../tensor/errors.js';
import type { NumberType } from '../number-types.js';
import { printable } from '../printable.js';
import type { ArrayFormat } from './array-format.js';
import type { NumericArray } from './numeric-array.js';
import { rawArray } from './raw-array.js';

const types: readonly NumberType[] = ['f8', 'f4', 'i4', 'i2', 'u2', 'u1'];
const bytesEach = [8, 4, 4, 2, 2, 1];
const HEADER = 20;
const MOST_ARRAYS = 10_000;

/** MATLAB's files of version 4 ("Level 4 MAT-File Format"): matrices one after another. They have no signature, so the name must say it. */
export const mat4: ArrayFormat = {
  name: 'mat4',
  title: 'MATLAB 4 .mat',
  extensions: ['.mat'],
  is: (start, fileName) => /\.mat$/i.test(fileName) && start.length >= HEADER && kindOf(start) !== undefined,
  async open(source) {
    const arrays: NumericArray[] = [];
    const fail = (what: string) =>
      new UserError(`${source.name} is a MATLAB file (version 4) that is cut short or damaged: ${what}. Copy or save it again.`);
    for (let at = 0; at < source.size; ) {
      if (arrays.length === MOST_ARRAYS) throw fail(`it has more than ${MOST_ARRAYS} matrices`);
      const header = await source.read(at, Math.min(HEADER, source.size - at));
      const kind = header.length === HEADER ? kindOf(header) : undefined;
      if (kind === undefined) throw fail(`no matrix starts at byte ${at}`);
      const { little, precision, text } = kind;
      const view = new DataView(header.buffer, header.byteOffset, HEADER);
      const [rows, columns, complex, length] = [4, 8, 12, 16].map((place) => view.getUint32(place, little));
      const start = at + HEADER + length;
      const bytes = rows * columns * bytesEach[precision] * (complex ? 2 : 1);
      if (complex > 1 || length > 256 || !(start + bytes <= source.size)) throw fail(`the matrix at byte ${at} reaches beyond its end`);
      const name = printable(new TextDecoder('latin1').decode(await source.read(at + HEADER, length)).split('\0')[0]);
      if (!text && bytes > 0) {
        const layout = { shape: [rows, columns], type: types[precision], little, offset: start, columnMajor: true };
        arrays.push(rawArray(source, layout, complex ? `${name} (real part)` : name));
      }
      at = start + bytes;
    }
    if (arrays.length === 0) throw new UserError(`${source.name} is a MATLAB file without an array of numbers in it. Name another file.`);
    return { format: 'MATLAB 4', name: source.name, arrays, texts: {}, close: () => source.close() };
  },
};

/** The first word: thousands the byte order, hundreds nothing, tens the precision, ones full numbers (0), text (1) or sparse (not read). */
function kindOf(bytes: Uint8Array): { little: boolean; precision: number; text: boolean } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const little of [true, false]) {
    const word = view.getUint32(0, little);
    const [order, precision, kind] = [Math.floor(word / 1000), Math.floor((word % 100) / 10), word % 10];
    if (order === (little ? 0 : 1) && word % 1000 < 100 && precision <= 5 && kind <= 1) return { little, precision, text: kind === 1 };
  }
  return undefined;
}
