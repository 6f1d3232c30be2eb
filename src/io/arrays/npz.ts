import { UserError } from '../../tensor/errors.js';
import type { ByteSource } from '../byte-source.js';
import { startsWith } from '../formats/format.js';
import { readNpyLayout } from '../npy.js';
import { printable } from '../printable.js';
import { openZip } from '../zip.js';
import type { ArrayFormat } from './array-format.js';
import type { NumericArray } from './numeric-array.js';
import { rawArray } from './raw-array.js';

/** NumPy's zip of NPY files, deflated or not. Members that are no arrays of numbers (text, objects) are left out. */
export const npz: ArrayFormat = {
  name: 'npz',
  title: 'NPZ',
  extensions: ['.npz'],
  is: (start) => startsWith(start, [0x50, 0x4b, 0x03, 0x04]),
  async open(source) {
    const arrays: NumericArray[] = [];
    const refused: UserError[] = [];
    for (const [file, member] of await openZip(source)) {
      if (!file.endsWith('.npy')) continue;
      const name = file.slice(0, -'.npy'.length);
      const inside: ByteSource = { name: `"${printable(file)}" in ${source.name}`, ...member, close: async () => {} };
      try {
        const { dtype: type, fortran: columnMajor, ...layout } = await readNpyLayout(inside);
        arrays.push(rawArray(inside, { ...layout, type, columnMajor }, name));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        refused.push(error);
      }
    }
    if (arrays.length === 0)
      throw refused[0] ?? new UserError(`${source.name} is a zip without arrays (NPY files) in it. Write it with numpy.savez.`);
    return { format: 'NPZ', name: source.name, arrays, texts: {}, close: () => source.close() };
  },
};
