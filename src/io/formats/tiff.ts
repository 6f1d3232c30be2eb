import { type RasterFormat, startsWith } from './format.js';

const signatures = [
  [0x49, 0x49, 0x2a, 0x00],
  [0x4d, 0x4d, 0x00, 0x2a],
  [0x49, 0x49, 0x2b, 0x00], // BigTIFF
  [0x4d, 0x4d, 0x00, 0x2b],
];

export const tiff: RasterFormat = {
  name: 'tiff',
  title: 'TIFF',
  raster: true,
  is: (bytes) => signatures.some((signature) => startsWith(bytes, signature)),
};
