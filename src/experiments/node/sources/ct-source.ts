import { basename } from 'node:path';
import { parseJson } from '../../../io/checked.js';
import { npyTensor } from '../../../io/index.js';
import { type ReadImageOptions, readBytes, readImage, readNpy } from '../../../io/node/index.js';
import { defaultGeometry, parseGeometry } from '../../../operators/index.js';
import { UsageError } from '../../../tensor/errors.js';
import { type NoiseOptions, simulate, takeMeasurement } from '../../problem.js';
import { ctSetup } from '../../tasks/index.js';
import type { Source } from './source.js';

/** How a scanner is simulated. */
export interface CtSimulation {
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
  { angles, fieldOfView, stated, noise }: CtSimulation,
): Promise<Source> {
  const { tensor, pixelSizeCm, notices } = await readImage(path, reading);
  const [, , height, width] = tensor.shape;
  if (height !== width)
    throw new UsageError(`${path} has ${width} x ${height} pixels; a CT is reconstructed on a square. Leave out --size native.`);
  const geometry = defaultGeometry({
    views: angles,
    size: height,
    fieldOfView: pixelSizeCm === undefined ? fieldOfView : pixelSizeCm * height,
  });
  return {
    input: basename(path),
    measurement: 'simulated',
    photons: noise.photons,
    notices: pixelSizeCm === undefined && !stated ? [...notices, assumedWidth(path, fieldOfView)] : notices,
    measure: (runtime, random) => simulate(runtime, tensor, ctSetup(geometry), noise, random),
  };
}

function assumedWidth(path: string, fieldOfView: number): string {
  return `${path} states no pixel size; it is taken to be ${fieldOfView} cm wide, on which the measurement and its noise depend. State its width with --field-of-view.`;
}

/** A real measurement with its geometry. */
export async function scannedCt(measurement: string, geometry: string, sigma: number): Promise<Source> {
  const y = npyTensor(await readNpy(measurement));
  const problem = takeMeasurement(
    y,
    ctSetup(
      parseGeometry(
        parseJson(await readBytes(geometry), geometry, 'Correct it; docs and geometry.json of any run show the form.'),
        geometry,
      ),
    ),
    sigma,
  );
  return { input: basename(measurement), measurement: 'given', measure: async () => problem };
}
