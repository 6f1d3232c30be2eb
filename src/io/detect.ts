import { isDicom } from './dicom.js';
import { isNpy } from './npy.js';
import type { PictureFormat } from './picture.js';

/** The formats that are read, for messages. */
export const readableFormats = 'PNG, JPEG, TIFF, WebP, GIF, AVIF, DICOM or NPY';

const signatures: readonly (readonly [format: PictureFormat, bytes: readonly number[]])[] = [
  ['png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['jpeg', [0xff, 0xd8, 0xff]],
  ['tiff', [0x49, 0x49, 0x2a, 0x00]],
  ['tiff', [0x4d, 0x4d, 0x00, 0x2a]],
  ['tiff', [0x49, 0x49, 0x2b, 0x00]], // BigTIFF
  ['tiff', [0x4d, 0x4d, 0x00, 0x2b]],
  ['gif', [0x47, 0x49, 0x46, 0x38]], // GIF8, then 7a or 9a
];

/** The image format of a file by its first bytes, whatever its name; undefined when it is none that is read. 132 bytes are enough. */
export function detectFormat(bytes: Uint8Array): PictureFormat | undefined {
  if (isDicom(bytes)) return 'dicom'; // before TIFF: a DICOM preamble may hold a TIFF signature
  if (isNpy(bytes)) return 'npy';
  if (ascii(bytes, 0) === 'RIFF' && ascii(bytes, 8) === 'WEBP') return 'webp';
  if (isobmffBrands(bytes).some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
  return signatures.find(([, signature]) => signature.every((byte, i) => bytes[i] === byte))?.[0];
}

/** Whether an AVIF file is first of all an image sequence (major brand `avis`), that is an animation. */
export function isAvifSequence(bytes: Uint8Array): boolean {
  return isobmffBrands(bytes)[0] === 'avis';
}

/** How many frames an animated PNG states in its chunk acTL, which stands before the image data; 1 for a PNG without it. */
export function pngFrames(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // a chunk is its length, its type, its data and a checksum
  for (let at = 8; at + 12 <= bytes.length && ascii(bytes, at + 4) !== 'IDAT'; at += 12 + view.getUint32(at)) {
    if (ascii(bytes, at + 4) === 'acTL') return view.getUint32(at + 8);
  }
  return 1;
}

/** Brands of an ISO base media file (the family of AVIF and HEIC), the major one first; none for another file. */
function isobmffBrands(bytes: Uint8Array): string[] {
  if (bytes.length < 16 || ascii(bytes, 4) !== 'ftyp') return [];
  const end = Math.min(bytes.length - 3, new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
  const brands: string[] = [];
  for (let at = 8; at < end; at += 4) if (at !== 12) brands.push(ascii(bytes, at)); // at 12 is a version
  return brands;
}

function ascii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
