import { UserError } from '../tensor/errors.js';

const uncompressed = new Set([
  '1.2.840.10008.1.2', // implicit types, little endian
  '1.2.840.10008.1.2.1', // explicit types, little endian
  '1.2.840.10008.1.2.2', // explicit types, big endian
]);

const deflated = '1.2.840.10008.1.2.1.99';

/** Transfer syntaxes met in practice that are not read, by the names of DICOM PS3.6 table A-1. */
const compressed: Record<string, string> = {
  [deflated]: 'Deflated Explicit VR Little Endian',
  '1.2.840.10008.1.2.4.50': 'JPEG Baseline (Process 1)',
  '1.2.840.10008.1.2.4.51': 'JPEG Extended (Process 2 and 4)',
  '1.2.840.10008.1.2.4.57': 'JPEG Lossless (Process 14)',
  '1.2.840.10008.1.2.4.70': 'JPEG Lossless, First-Order Prediction (Process 14, Selection Value 1)',
  '1.2.840.10008.1.2.4.80': 'JPEG-LS Lossless',
  '1.2.840.10008.1.2.4.81': 'JPEG-LS Near-Lossless',
  '1.2.840.10008.1.2.4.90': 'JPEG 2000 Lossless',
  '1.2.840.10008.1.2.4.91': 'JPEG 2000',
  '1.2.840.10008.1.2.4.201': 'High-Throughput JPEG 2000 Lossless',
  '1.2.840.10008.1.2.4.202': 'High-Throughput JPEG 2000 Lossless with RPCL',
  '1.2.840.10008.1.2.4.203': 'High-Throughput JPEG 2000',
  '1.2.840.10008.1.2.4.100': 'MPEG2 Main Profile',
  '1.2.840.10008.1.2.4.102': 'MPEG-4 AVC/H.264 High Profile',
  '1.2.840.10008.1.2.5': 'RLE Lossless',
};

/** @throws UserError, naming the transfer syntax and the remedy, unless it is one of the uncompressed ones */
export function refuseCompressed(syntax: string, name: string): void {
  if (uncompressed.has(syntax)) return;
  const known = compressed[syntax];
  const what = known === undefined ? `has the transfer syntax ${syntax}` : `is compressed as ${known} (transfer syntax ${syntax})`;
  const remedy = syntax === deflated ? 'dcmconv +te IN.dcm OUT.dcm (DCMTK)' : 'gdcmconv --raw IN.dcm OUT.dcm (GDCM)';
  throw new UserError(
    `${name} is a DICOM file that ${what}, which cannot be read here; uncompressed ones can. Decompress it first: ${remedy}, or decompress() in pydicom.`,
  );
}
