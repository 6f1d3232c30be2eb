import { ascii, type RasterFormat } from './format.js';

/** GIF8, then 7a or 9a. */
export const gif: RasterFormat = { name: 'gif', title: 'GIF', raster: true, animates: true, is: (bytes) => ascii(bytes, 0) === 'GIF8' };
