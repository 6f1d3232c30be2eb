import type { ArrayFile, NumericArray } from './numeric-array.js';

/** The parts of a scan in a file whose layout is known. */
export interface RecognisedScan {
  /** In words, for people. */
  readonly layout: string;
  /** Counts or line integrals. */
  readonly data: NumericArray;
  /** Open beam and closed shutter, `[n, rows, bins]`, where the data are counts. */
  readonly flats?: NumericArray;
  readonly darks?: NumericArray;
  /** One angle a view. */
  readonly angles?: NumericArray;
  readonly angleUnit: 'degrees' | 'radians';
  /** Single numbers that the file states, as it names them; lengths in the file's unit. */
  readonly numbers: Readonly<Record<string, NumericArray>>;
}

/** A scan by the names of its arrays; undefined for a file of no known layout. No number is read. */
export function recogniseScan(file: ArrayFile): RecognisedScan | undefined {
  return dataExchange(file) ?? structOfScan(file);
}

/** Data Exchange (De Carlo et al., 2014), as tomopy and the synchrotrons write it. */
function dataExchange({ arrays }: ArrayFile): RecognisedScan | undefined {
  const named = (name: string) => arrays.find((array) => array.name === `/exchange/${name}`);
  const [data, flats, darks, angles] = ['data', 'data_white', 'data_dark', 'theta'].map(named);
  if (data === undefined) return undefined;
  return {
    layout: 'Data Exchange (projections [views, rows, bins], counts)',
    data,
    flats,
    darks,
    angles,
    angleUnit: /^rad/i.test(angles?.about.unit ?? '') ? 'radians' : 'degrees',
    numbers: {},
  };
}

/** A MATLAB struct with `sinogram` and `parameters`, as the Helsinki and FIPS data sets have it. */
function structOfScan({ arrays }: ArrayFile): RecognisedScan | undefined {
  const data = arrays.find(({ name, shape }) => /(^|\.)sinogram$/i.test(name) && shape.length === 2);
  if (data === undefined) return undefined;
  const prefix = data.name.replace(/sinogram$/i, 'parameters.');
  const beside = arrays.filter(({ name }) => name.startsWith(prefix) && prefix !== 'parameters.');
  if (beside.length === 0) return undefined;
  const short = ({ name }: NumericArray) => name.slice(prefix.length);
  const angles = beside.find((array) => /^angles?$/i.test(short(array)));
  const single = beside.filter(({ shape }) => shape.every((n) => n === 1));
  return {
    layout: 'struct of a scan (sinogram [views, bins] of line integrals, with its parameters)',
    data,
    angles,
    angleUnit: 'degrees',
    numbers: Object.fromEntries(single.map((array) => [short(array), array])),
  };
}
