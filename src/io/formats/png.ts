import { ascii, type RasterFormat, startsWith } from './format.js';

export const png: RasterFormat = {
  name: 'png',
  title: 'PNG',
  raster: true,
  animates: true,
  is: (bytes) => startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  /** An animated PNG states it in its chunk acTL, which stands before the image data; decoders know none and would show a part of it. */
  frames(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // a chunk is its length, its type, its data and a checksum
    for (let at = 8; at + 12 <= bytes.length && ascii(bytes, at + 4) !== 'IDAT'; at += 12 + view.getUint32(at)) {
      if (ascii(bytes, at + 4) === 'acTL') return view.getUint32(at + 8);
    }
    return 1;
  },
};
