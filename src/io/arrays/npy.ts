import { isNpy, readNpyLayout } from '../npy.js';
import type { ArrayFormat } from './array-format.js';
import { rawArray } from './raw-array.js';

export const npy: ArrayFormat = {
  name: 'npy',
  title: 'NPY',
  extensions: ['.npy'],
  is: isNpy,
  async open(source) {
    const { dtype: type, fortran: columnMajor, ...layout } = await readNpyLayout(source);
    const array = rawArray(source, { ...layout, type, columnMajor });
    return { format: 'NPY', name: source.name, arrays: [array], texts: {}, close: () => source.close() };
  },
};
