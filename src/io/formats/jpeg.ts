import { type RasterFormat, startsWith } from './format.js';

export const jpeg: RasterFormat = { name: 'jpeg', title: 'JPEG', raster: true, is: (bytes) => startsWith(bytes, [0xff, 0xd8, 0xff]) };
