import { isDicom } from './dicom.js';
import { isNpy } from './npy.js';
import type { PictureSource } from './picture.js';

const signatures: readonly (readonly [format: PictureSource['format'], bytes: readonly number[]])[] = [
  ['png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['jpeg', [0xff, 0xd8, 0xff]],
  ['tiff', [0x49, 0x49, 0x2a, 0x00]],
  ['tiff', [0x4d, 0x4d, 0x00, 0x2a]],
  ['tiff', [0x49, 0x49, 0x2b, 0x00]], // BigTIFF
  ['tiff', [0x4d, 0x4d, 0x00, 0x2b]],
];

/** The image format of a file by its first bytes, whatever its name; undefined when it is none that is read. 132 bytes are enough. */
export function detectFormat(bytes: Uint8Array): PictureSource['format'] | undefined {
  if (isDicom(bytes)) return 'dicom'; // before TIFF: a DICOM preamble may hold a TIFF signature
  if (isNpy(bytes)) return 'npy';
  return signatures.find(([, signature]) => signature.every((byte, i) => bytes[i] === byte))?.[0];
}
