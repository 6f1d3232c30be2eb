import { ascii, type RasterFormat } from './format.js';

export const avif: RasterFormat = {
  name: 'avif',
  title: 'AVIF',
  raster: true,
  is: (bytes) => brands(bytes).some((brand) => brand === 'avif' || brand === 'avis'),
  /** First of all an image sequence (major brand `avis`), an animation: no decoder opens it, and its length does not stand up front. */
  frames: (bytes) => (brands(bytes)[0] === 'avis' ? Number.POSITIVE_INFINITY : 1),
};

/** Brands of an ISO base media file (the family of AVIF and HEIC), the major one first; none for another file. */
function brands(bytes: Uint8Array): string[] {
  if (bytes.length < 16 || ascii(bytes, 4) !== 'ftyp') return [];
  const end = Math.min(bytes.length - 3, new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
  const found: string[] = [];
  for (let at = 8; at < end; at += 4) if (at !== 12) found.push(ascii(bytes, at)); // at 12 is a version
  return found;
}
