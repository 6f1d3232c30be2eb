import { parseJson } from '../../../io/checked.js';
import { type ReadImageOptions, readBytes, readImage, readNumbers, type SliceChoice, shortName } from '../../../io/node/index.js';
import { parseGeometry, type ScanGeometry } from '../../../operators/index.js';
import { UsageError } from '../../../tensor/errors.js';
import { type NoiseOptions, simulate, takeMeasurement } from '../../problem.js';
import { type Setup, scannerOf } from '../../tasks/index.js';
import type { Source } from './source.js';

/** How a scanner is simulated. */
export interface CtSimulation {
  /** `ct` (default) or another task of CT, and its options. */
  readonly task?: string;
  readonly param?: Readonly<Record<string, unknown>>;
  readonly angles: number;
  /** Width of the image, cm, where the file states no pixel size. */
  readonly fieldOfView: number;
  /** Whether that is what somebody said, and no guess that they should hear of. */
  readonly stated?: boolean;
  readonly noise: NoiseOptions;
}

/** A true image, which is measured first. */
export async function simulatedCt(
  path: string,
  reading: ReadImageOptions,
  { task = 'ct', param, angles, fieldOfView, stated, noise }: CtSimulation,
  scanner = scannerOf,
): Promise<Source> {
  const { tensor, pixelSizeCm, notices } = await readImage(path, reading);
  const [, , height, width] = tensor.shape;
  if (height !== width)
    throw new UsageError(`${path} has ${width} x ${height} pixels; a CT is reconstructed on a square. Leave out --size native.`);
  const setting = { views: angles, size: height, fieldOfView: pixelSizeCm === undefined ? fieldOfView : pixelSizeCm * height };
  const setup = scanner(task, setting, param);
  return {
    input: shortName(path),
    measurement: 'simulated',
    photons: noise.photons,
    notices: pixelSizeCm === undefined && !stated ? [...notices, assumedWidth(path, fieldOfView)] : notices,
    measure: (runtime, random) => simulate(runtime, tensor, setup, noise, random),
  };
}

function assumedWidth(path: string, fieldOfView: number): string {
  return `${path} states no pixel size; it is taken to be ${fieldOfView} cm wide, on which the measurement and its noise depend. State its width with --field-of-view.`;
}

/**
 * A real measurement with its geometry.
 * @param measurement a file, with the name of an array after a colon where it holds several
 * @param setup how it was measured: `ctSetup(await readGeometry(file))`
 * @param slice the sinogram of a stack of them, or of projections; the middle one where absent
 * @throws UserError when the two do not belong together
 */
export async function scannedCt(measurement: string, setup: Setup, sigma: number, slice?: SliceChoice): Promise<Source> {
  const [views, bins] = setup.operator.outputShape.slice(-2);
  const { values, notices } = await readNumbers(measurement, { slice, plane: [views, bins] });
  const problem = takeMeasurement(values, setup, sigma);
  return { input: shortName(measurement), measurement: 'given', notices, measure: async () => problem };
}

/** A geometry out of its file. @throws UserError naming what is wrong with it */
export async function readGeometry(path: string): Promise<ScanGeometry> {
  return parseGeometry(parseJson(await readBytes(path), path, 'Correct it; docs/geometry.md shows the form.'), path);
}

/** One scanner for all slices that are scanned alike, so that what is compiled of it once serves them all. */
export function sharedScanner(): typeof scannerOf {
  const known = new Map<string, Setup>();
  return (task, setting, param) => {
    const key = JSON.stringify([task, setting, param]);
    const setup = known.get(key) ?? scannerOf(task, setting, param);
    known.set(key, setup);
    return setup;
  };
}
