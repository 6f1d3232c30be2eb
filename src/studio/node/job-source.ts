import { simulatedCt } from '../../experiments/node/sources/ct-source.js';
import { readKernel, readMask, readMeasuredSource, simulatedPhoto } from '../../experiments/node/sources/photo-source.js';
import { readDamaged, restoration } from '../../experiments/node/sources/restoration.js';
import type { Source } from '../../experiments/node/sources/source.js';
import { takeMeasurement } from '../../experiments/problem.js';
import { ctSetup, findTask, type Parts } from '../../experiments/tasks/index.js';
import { npyTensor, parseWindow } from '../../io/index.js';
import { readNpy } from '../../io/node/index.js';
import { parseGeometry } from '../../operators/index.js';
import { channelsOf } from '../../priors/index.js';
import type { LoadedPrior } from '../../priors/node/index.js';
import { UserError } from '../../tensor/errors.js';
import type { InputFile, JobWork } from './job-work.js';

/** The measurement of a job, made or read. */
export async function jobSource({ request, inputs }: JobWork, loaded: LoadedPrior | undefined): Promise<Source> {
  const { task, param, angles, fieldOfView, photons, size = 256, range, noiseSeed, seed, geometry } = request;
  const window = request.window === undefined ? undefined : parseWindow(request.window);
  const found = findTask(task);
  const sigma = request.sigma ?? found.sigma;
  const { image, measurement, mask, kernel } = inputs;
  const channels = found.channels === 1 ? 1 : loaded ? channelsOf(loaded.prior) : (request.channels ?? 3);
  if (channels !== 1 && channels !== 3)
    throw new UserError(`The prior "${loaded?.name}" makes images of ${channels} channels, which no picture has.`);
  const flags = { task, param, mask: mask?.path, kernel: kernel?.path, seed: noiseSeed ?? seed };
  const side = size === 'native' ? 256 : size;
  const reading = { channels, size: size === 'native' ? size : ([size, size] as const), range } as const;
  const noise = { sigma, photons };
  if (image !== undefined) {
    const source =
      found.scan !== undefined
        ? await simulatedCt(image.path, reading, {
            task,
            param,
            angles,
            fieldOfView: fieldOfView ?? 25,
            stated: fieldOfView !== undefined,
            noise,
          })
        : await simulatedPhoto(image.path, reading, flags, noise);
    return { ...source, input: image.name, window };
  }
  const given = measurement as InputFile;
  if (found.scan !== undefined) {
    const setup = ctSetup(parseGeometry(geometry, 'The geometry'), task);
    const problem = takeMeasurement(npyTensor(await readNpy(given.path)), setup, sigma);
    return { input: given.name, measurement: 'given', measure: async () => problem, window };
  }
  if (given.kind === 'numbers')
    return { ...(await readMeasuredSource(given.path, flags, channels, side, sigma, request.frame)), input: given.name };
  return { ...(await restored(given, { task, param, mask, kernel, sigma, channels })), input: given.name };
}

/** A damaged picture, which is its own measurement. */
async function restored(
  given: InputFile,
  about: { task: string; param: Readonly<Record<string, unknown>>; mask?: InputFile; kernel?: InputFile; sigma: number; channels: number },
): Promise<Source> {
  const { task, param, mask, kernel, sigma, channels } = about;
  const damaged = await readDamaged(given.path, channels);
  const [planes, height, width] = damaged.pixels.shape;
  const tensors: Parts = {
    ...(mask !== undefined && { mask: await readMask(mask.path) }),
    ...(kernel !== undefined && { kernel: await readKernel(kernel.path) }),
  };
  const image = findTask(task).imageOf?.([planes, height, width]);
  if (image === undefined)
    throw new UserError(`Of ${task} a picture is no measurement. Send the measurement as NPY, or the picture as the true image.`);
  return restoration(damaged, { recipe: { task, image, options: param, tensors }, sigma, kept: tensors.mask });
}
