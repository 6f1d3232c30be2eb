import { UserError } from '../tensor/errors.js';
import { printable } from './printable.js';

/** How the pixels of a file are packed. */
export type Packing = 'none' | 'rle' | 'jpeg' | 'jpeg-ls' | 'jpeg-2000';

export const explicitLittle = '1.2.840.10008.1.2.1';
export const implicitLittle = '1.2.840.10008.1.2';
export const explicitBig = '1.2.840.10008.1.2.2';
export const deflated = '1.2.840.10008.1.2.1.99';

const read: Readonly<Record<string, Packing>> = {
  [implicitLittle]: 'none',
  [explicitLittle]: 'none',
  [explicitBig]: 'none',
  [deflated]: 'none',
  '1.2.840.10008.1.2.5': 'rle',
  '1.2.840.10008.1.2.4.50': 'jpeg', // baseline
  '1.2.840.10008.1.2.4.51': 'jpeg', // extended
  '1.2.840.10008.1.2.4.57': 'jpeg', // lossless
  '1.2.840.10008.1.2.4.70': 'jpeg', // lossless, first-order prediction
  '1.2.840.10008.1.2.4.80': 'jpeg-ls',
  '1.2.840.10008.1.2.4.81': 'jpeg-ls', // near-lossless
  '1.2.840.10008.1.2.4.90': 'jpeg-2000', // lossless
  '1.2.840.10008.1.2.4.91': 'jpeg-2000',
};

/** Transfer syntaxes met in practice that are not read, by the names of DICOM PS3.6 table A-1. */
const refused: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.2.4.92': 'JPEG 2000 Part 2 Multi-component Lossless',
  '1.2.840.10008.1.2.4.93': 'JPEG 2000 Part 2 Multi-component',
  '1.2.840.10008.1.2.4.94': 'JPIP Referenced',
  '1.2.840.10008.1.2.4.201': 'High-Throughput JPEG 2000 Lossless',
  '1.2.840.10008.1.2.4.202': 'High-Throughput JPEG 2000 Lossless with RPCL',
  '1.2.840.10008.1.2.4.203': 'High-Throughput JPEG 2000',
  '1.2.840.10008.1.2.4.100': 'MPEG2 Main Profile',
  '1.2.840.10008.1.2.4.102': 'MPEG-4 AVC/H.264 High Profile',
  '1.2.840.10008.1.2.4.110': 'JPEG XL Lossless',
  '1.2.840.10008.1.2.4.112': 'JPEG XL',
};

/** @throws UserError, naming the transfer syntax and the remedy, unless it is one that is read */
export function packingOf(syntax: string, name: string): Packing {
  if (Object.hasOwn(read, syntax)) return read[syntax];
  const known = refused[syntax];
  const what =
    known === undefined ? `has the transfer syntax ${printable(syntax)}` : `is compressed as ${known} (transfer syntax ${syntax})`;
  throw new UserError(
    `${name} is a DICOM file that ${what}, which cannot be read here; uncompressed ones, RLE, JPEG, JPEG-LS and JPEG 2000 can. Decompress it first: gdcmconv --raw IN.dcm OUT.dcm (GDCM), or decompress() in pydicom.`,
  );
}
