import { ascii, type RasterFormat } from './format.js';

export const webp: RasterFormat = {
  name: 'webp',
  title: 'WebP',
  raster: true,
  animates: true,
  is: (bytes) => ascii(bytes, 0) === 'RIFF' && ascii(bytes, 8) === 'WEBP',
};
