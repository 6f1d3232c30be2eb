import '../node/open-jpeg.js';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, deflateSync, gzipSync, inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { UserError } from '../../tensor/errors.js';
import type { Random } from '../../tensor/random.js';
import { sizeOf, tensor } from '../../tensor/tensor.js';
import { arrayFormats, nothingAround, readAll, readSlice } from '../arrays/index.js';
import { bytesSource } from '../byte-source.js';
import { openArrays } from '../node/open-arrays.js';
import { readPicture } from '../node/read-image.js';
import { formatNpy } from '../npy.js';
import { pictureFromDicom } from '../picture.js';
import { bytesIn, hdf5Bytes, zipBytes } from './array-files.js';
import { damaged } from './damage.js';
import { ctSlice, explicitBig, implicitLittle, packedSlice } from './dicom-bytes.js';
import { packedMat5, plainMat4 } from './mat-files.js';
import { extendedJpeg, jpeg2000, jpegLs, losslessJpeg, rle } from './packed-samples.js';
import { tiffBytes } from './tiff-bytes.js';
import { metaHeader, niftiBytes } from './volume-bytes.js';

const words = Int16Array.from({ length: 16 * 24 }, (_, i) => ((i * 977) % 3000) - 1000);
const samples = Uint16Array.from(words, (n) => n & 4095);
const floats = Float32Array.from(words, (n) => n / 1000);

/** Sound files of a reader, made anew. */
const makers: Readonly<Record<string, () => Promise<Uint8Array[]>>> = {
  npy: async () => [formatNpy(tensor([4, 6, 16], floats)), fortranNpy()],
  npz: async () => {
    const files = { 'a.npy': formatNpy(tensor([24, 16], floats)), 'b.npy': formatNpy(tensor([3])) };
    return [await zipBytes(files, 0), await zipBytes(files, 6)];
  },
  mat: async () => [packedMat5, Buffer.concat([packedMat5.subarray(0, 128), ...unpackedElements()])],
  mat4: async () => [plainMat4],
  hdf5: async () => [await hdf5File(true), await hdf5File(false), Buffer.concat([matlabBlock(), await hdf5File(false)])],
  tiff: async () => {
    const page = { width: 16, height: 24, bits: 16, format: 2, rowsPerStrip: 8 } as const;
    const strips = [0, 256, 512].map((at) => bytesIn(words).slice(at, at + 256));
    return [
      tiffBytes([1, 2].map(() => ({ ...page, strips }))),
      tiffBytes([{ ...page, strips: strips.map((strip) => deflateSync(strip)), compression: 8, predictor: 2 }]),
      tiffBytes([{ ...page, bits: 32, format: 3, rowsPerStrip: 24, strips: [bytesIn(floats)] }]),
      await sharp(Uint8Array.from(samples), { raw: { width: 16, height: 24, channels: 1 } })
        .tiff({ compression: 'lzw' })
        .toBuffer(),
      await sharp(Uint8Array.from(samples), { raw: { width: 16, height: 24, channels: 1 } })
        .tiff({ compression: 'packbits' })
        .toBuffer(),
      await sharp(Uint8Array.from(samples), { raw: { width: 16, height: 24, channels: 1 } })
        .tiff({ compression: 'jpeg' })
        .toBuffer(),
    ];
  },
  nifti: async () => {
    const options = { version: 1, little: true, sizes: [16, 6, 4], spacing: [1, 1, 2], units: 2, slope: 2, intercept: 1 } as const;
    const plain = [niftiBytes(words, options), niftiBytes(words, { ...options, version: 2 })];
    return [...plain, ...plain.map((bytes) => gzipSync(bytes))];
  },
  metaimage: async () => {
    const header = { NDims: 3, DimSize: '16 6 4', ElementType: 'MET_SHORT', ElementSpacing: '1 1 2' };
    return [
      Buffer.concat([metaHeader({ ...header, ElementDataFile: 'LOCAL' }), bytesIn(words)]),
      Buffer.concat([metaHeader({ ...header, CompressedData: 'True', ElementDataFile: 'LOCAL' }), deflateSync(bytesIn(words))]),
    ];
  },
  dicom: async () => {
    const slice = { rows: 24, columns: 16, stored: [...words] };
    const plain = ctSlice(slice);
    return [
      plain,
      ctSlice({ ...slice, syntax: implicitLittle }),
      ctSlice({ ...slice, syntax: explicitBig }),
      plain.subarray(132),
      deflatedSlice(plain),
    ];
  },
  'dicom-rle': async () => [slice('1.2.840.10008.1.2.5', rle(samples, 2))],
  'dicom-jpeg': async () => [
    slice('1.2.840.10008.1.2.4.70', losslessJpeg(samples, { width: 16, precision: 12, selection: 4, restartRows: 6 })),
    slice(
      '1.2.840.10008.1.2.4.51',
      extendedJpeg(
        [
          [0, 9],
          [900, 4000],
          [77, 1],
        ],
        12,
      ),
    ),
  ],
  'dicom-jpeg-ls': async () => [slice('1.2.840.10008.1.2.4.80', await jpegLs(samples, 16, 12, 0))],
  'dicom-jpeg-2000': async () => [slice('1.2.840.10008.1.2.4.90', await jpeg2000(samples, 16, 12, false, 0))],
  ...Object.fromEntries(
    (['png', 'jpeg', 'webp', 'gif', 'avif'] as const).map((format) => [
      format,
      async () => [
        await sharp(Uint8Array.from(samples), { raw: { width: 16, height: 24, channels: 1 } })
          .toFormat(format)
          .toBuffer(),
      ],
    ]),
  ),
};

/** The readers, old and new. */
export const readers: readonly string[] = Object.keys(makers);

/** A damaged HDF5 file may take so long; what is refused for it counts as refused, so that a slow machine fails nothing. */
const LIMIT_MS = 3000;

export interface FuzzedFiles {
  read: number;
  refused: number;
  /** Of the refused those that took longer than {@link LIMIT_MS}. */
  late: number;
  /** The most memory that the process held after a case beyond that before the first, in MB. */
  megabytes: number;
  /** The longest case, in milliseconds of the processor, and its number. For the report: no test depends on it. */
  slowest: number;
  slowestRun: number;
}

/**
 * Damage files of a format in many ways, and demand that each is read or refused as a UserError of one paragraph.
 * @throws the first other error, with the number of its case
 */
export async function fuzzFiles(reader: string, runs: number, random: Random, first = 0): Promise<FuzzedFiles> {
  const sound = await soundFiles(reader);
  const folder = await mkdtemp(join(tmpdir(), 'posteriori-fuzz-'));
  const outcome: FuzzedFiles = { read: 0, refused: 0, late: 0, megabytes: 0, slowest: 0, slowestRun: 0 };
  try {
    for (const bytes of sound) if ((await fate(reader, bytes, folder, -1)) !== 'read') throw new Error(`a sound ${reader} file is refused`);
    const before = process.memoryUsage.rss();
    for (let run = first; run < first + runs; run++) {
      const bytes = damagedOne(sound, random.fork(run)); // so that a case can be repeated alone
      const start = process.cpuUsage();
      const end = await fate(reader, bytes, folder, run);
      outcome[end === 'read' ? 'read' : 'refused']++;
      if (end === 'late') outcome.late++;
      const { user, system } = process.cpuUsage(start);
      if (user + system > 1000 * outcome.slowest) Object.assign(outcome, { slowest: (user + system) / 1000, slowestRun: run });
      outcome.megabytes = Math.max(outcome.megabytes, (process.memoryUsage.rss() - before) / 2 ** 20);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return outcome;
}

/** The file of one case of {@link fuzzFiles}. */
export async function fuzzedFile(reader: string, run: number, random: Random): Promise<Uint8Array> {
  return damagedOne(await soundFiles(reader), random.fork(run));
}

async function soundFiles(reader: string): Promise<Uint8Array[]> {
  return (await makers[reader]()).map((bytes) => new Uint8Array(bytes)); // what Buffer slices it shares
}

function damagedOne(sound: readonly Uint8Array[], random: Random): Uint8Array {
  let bytes = sound[random.integer(sound.length)];
  for (let times = 1 + random.integer(3); times > 0; times--) bytes = damaged(bytes, sound[random.integer(sound.length)], random);
  return bytes;
}

/** @param run number of the case; -1 of a sound file, whose time is not limited */
async function fate(reader: string, bytes: Uint8Array, folder: string, run: number): Promise<'read' | 'refused' | 'late'> {
  try {
    await readWith(reader, bytes, folder, run < 0 ? undefined : LIMIT_MS);
    return 'read';
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof UserError && !message.includes('\n') && message.length < 1500)
      return message.includes('did not come to an end') ? 'late' : 'refused';
    throw new Error(`${reader}, case ${run}: ${message ?? error}`, { cause: error });
  }
}

async function readWith(reader: string, bytes: Uint8Array, folder: string, limitMs?: number): Promise<void> {
  if (reader.startsWith('dicom')) return void (await pictureFromDicom(bytes, 'x.dcm'));
  const format = arrayFormats.find(({ name }) => name === reader);
  const path = join(folder, 'x');
  if (format === undefined || reader === 'tiff') {
    await writeFile(path, bytes);
    await readPicture(path, [0, 1]);
    if (format === undefined) return;
  }
  // from a disk, where the library runs in a thread that can be stopped
  if (reader === 'hdf5') await writeFile(path, bytes);
  const file = await (reader === 'hdf5'
    ? openArrays(path, { hdf5: { limitMs } })
    : format.open(bytesSource(bytes, `x${format.extensions[0]}`), nothingAround));
  try {
    for (const array of file.arrays) {
      if (array.shape.length >= 2 && !array.shape.includes(0)) await readSlice(array, 'x');
      // what the file has room for; packed zeros may stand for more
      if (sizeOf(array.shape) <= 2 ** 22) await readAll(array, 'x');
    }
  } finally {
    await file.close();
  }
}

function slice(syntax: string, packed: Uint8Array): Uint8Array {
  return packedSlice({ rows: 24, columns: 16, signed: false, syntax }, { fragments: [packed] });
}

/** The same slice with everything after its header deflated. */
function deflatedSlice(plain: Uint8Array): Uint8Array {
  const stated = ctSlice({ rows: 24, columns: 16, stored: [...words], syntax: '1.2.840.10008.1.2.1.99' });
  const end = 144 + new DataView(stated.buffer).getUint32(140, true);
  const bodyStart = 144 + new DataView(plain.buffer).getUint32(140, true);
  return Buffer.concat([stated.subarray(0, end), deflateRawSync(plain.subarray(bodyStart))]);
}

function fortranNpy(): Uint8Array {
  const text = `{'descr': '>i2', 'fortran_order': True, 'shape': (24, 16), }`.padEnd(117);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(`${text}\n`), bytesIn(words)]);
}

function unpackedElements(): Buffer[] {
  const parts: Buffer[] = [];
  const view = new DataView(packedMat5.buffer, packedMat5.byteOffset, packedMat5.byteLength);
  for (let at = 128; at < packedMat5.length; at += 8 + view.getUint32(at + 4, true))
    parts.push(inflateSync(packedMat5.subarray(at + 8, at + 8 + view.getUint32(at + 4, true))));
  return parts;
}

function matlabBlock(): Uint8Array {
  const block = new Uint8Array(512);
  block.set(Buffer.from('MATLAB 7.3 MAT-file'));
  return block;
}

function hdf5File(packed: boolean): Promise<Uint8Array> {
  return hdf5Bytes((root) => {
    const group = root.create_group('exchange');
    group.create_dataset({ name: 'data', data: words, shape: [4, 6, 16], ...(packed && { chunks: [1, 6, 16], compression: 4 }) });
    group.create_dataset({ name: 'theta', data: floats.slice(0, 4) }).create_attribute('units', 'deg');
    root.create_dataset({ name: 'note', data: 'words' });
  });
}
