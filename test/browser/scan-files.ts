import { bytesIn, hdf5Bytes } from '../../src/io/testing/array-files.js';
import { metaHeader, niftiBytes } from '../../src/io/testing/volume-bytes.js';
import { npyFile } from './studio.js';

/* Files of a scan, to give to the page. */

export interface GivenFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** What scanners see of the volume below: a disc of `40 k` HU in air, k being the slice. */
export const SIZES = [64, 48, 11] as const;

function disc(i: number): number {
  const [width, height] = SIZES;
  const [x, y, z] = [i % width, Math.floor(i / width) % height, Math.floor(i / (width * height))];
  return Math.hypot(x - width / 2 + 0.5, y - height / 2 + 0.5) < 20 ? 40 * z : -1000;
}

const words = Int16Array.from({ length: SIZES[0] * SIZES[1] * SIZES[2] }, (_, i) => disc(i));

export function given(name: string, bytes: Uint8Array): GivenFile {
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) };
}

export function jsonFile(name: string, content: unknown): GivenFile {
  return { name, mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(content)) };
}

/** A volume whose file says how large its voxels are, and not what its numbers mean. */
export function niftiVolume(name: string): GivenFile {
  const layout = { version: 1, little: true, sizes: SIZES, spacing: [4, 4, 5], units: 2 } as const;
  return given(name, niftiBytes(words, layout));
}

/** The same as a header and its numbers; of the modality CT, so that they are HU. */
export function metaVolume(): readonly [header: GivenFile, numbers: GivenFile] {
  const header = { NDims: 3, DimSize: SIZES.join(' '), ElementType: 'MET_SHORT', ElementSpacing: '4 4 5', Modality: 'MET_MOD_CT' };
  return [given('chest.mhd', metaHeader({ ...header, ElementDataFile: 'chest.raw' })), given('chest.raw', bytesIn(words))];
}

/** Numbers from -1 to 1, by which an array of a shape is filled. */
export function ramp(shape: readonly number[]): (i: number) => number {
  const size = shape.reduce((a, b) => a * b);
  return (i) => (2 * i) / size - 1;
}

/** A MATLAB 4 file of two matrices. */
export function mat4Volume(name: string): GivenFile {
  const matrix = (label: string, rows: number, columns: number) => {
    const header = new Int32Array([0, rows, columns, 0, label.length + 1]);
    const numbers = Float64Array.from({ length: rows * columns }, (_, i) => i / (rows * columns));
    return Buffer.concat([bytesIn(header), Buffer.from(`${label}\0`), bytesIn(numbers)]);
  };
  return given(name, Buffer.concat([matrix('first', 40, 50), matrix('second', 60, 40)]));
}

/** A fan of twelve views, and projections [views, rows, bins] of five rows. */
export const fanGeometry = {
  beam: 'fan',
  detector: 'flat',
  sourceToAxis: 40,
  sourceToDetector: 80,
  size: [48, 48],
  pixelSize: 0.3,
  angles: Array.from({ length: 12 }, (_, k) => (Math.PI * k) / 6),
  bins: 71,
  binSize: 0.6,
  axis: 35,
};

export function projections(name: string): GivenFile {
  return npyFile(name, [12, 5, 71], (i) => Math.max(0, 1 - Math.abs((i % 71) - 35) / (20 + (Math.floor(i / 71) % 5))));
}

/** A volume in HDF5, of three slices. */
export async function hdf5Volume(name: string): Promise<GivenFile> {
  const shape = [3, 40, 40];
  const data = Float64Array.from({ length: 4800 }, (_, i) => Math.sin(i));
  return given(name, await hdf5Bytes((root) => void root.create_dataset({ name: 'volume', data, shape })));
}
