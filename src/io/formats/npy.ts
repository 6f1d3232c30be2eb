import { isNpy } from '../npy.js';
import { pictureFromNpy } from '../picture.js';
import type { NumberFormat } from './format.js';

export const npy: NumberFormat = { name: 'npy', title: 'NPY', is: isNpy, read: (bytes, path, range) => pictureFromNpy(bytes, path, range) };
