import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { PreparedChoice } from '../../experiments/node/run.js';
import { readGeometry, scannedCt, sharedScanner, simulatedCt } from '../../experiments/node/sources/ct-source.js';
import { readMeasuredSource, simulatedPhoto } from '../../experiments/node/sources/photo-source.js';
import { arraySlices, fileSlices, isFolder, measurementFiles, type Slice, type SliceRange } from '../../experiments/node/sources/slices.js';
import type { Source } from '../../experiments/node/sources/source.js';
import { ctSetup, findTask, tasks } from '../../experiments/tasks/index.js';
import { withUsualPrior } from '../../experiments/usual-prior.js';
import { arrayFormatOf, START } from '../../io/arrays/index.js';
import { readableFormats } from '../../io/index.js';
import { readStart } from '../../io/node/files.js';
import { folderName } from '../../io/node/guard.js';
import { findImages, type SliceChoice, sliceCount, splitInner } from '../../io/node/index.js';
import { arrayTitles } from '../../io/node/open-arrays.js';
import { channelsOf } from '../../priors/index.js';
import { UsageError, UserError } from '../../tensor/errors.js';
import {
  assignments,
  count,
  examples,
  indexRange,
  jsonFlag,
  machineFlags,
  noiseSeedFlag,
  nonNegative,
  type OutFlags,
  outFlags,
  positive,
  type SolverFlags,
  sliceFlag,
  solverFlags,
  tileFlag,
  windowFlag,
} from '../flags.js';
import { print, runAndReport } from '../run-and-report.js';
import { printSeries, runSeries } from '../run-series.js';

interface ReconstructFlags extends SolverFlags {
  readonly task: string;
  readonly param: Record<string, string>;
  readonly mask?: string;
  readonly kernel?: string;
  readonly operator?: string;
  readonly angles: number;
  readonly sigma?: number;
  readonly photons?: number;
  readonly noiseUnits: 'symmetric' | 'unit';
  readonly fieldOfView: number;
  readonly size: number | 'native';
  readonly resize: boolean;
  readonly range?: string;
  readonly slice?: SliceChoice;
  readonly measurement?: string;
  readonly geometry?: string;
  readonly slices?: SliceRange;
}

/** Rows and columns of an image that is measured first, where `--size` does not say otherwise. */
const usualSide = 256;

/** `posteriori reconstruct INPUT`: a true image, measured and reconstructed; or a real measurement. */
export function reconstructCommand(program: Command): void {
  const command = program
    .command('reconstruct')
    .description('reconstruct from incomplete, noisy measurements: of a true image, which is measured first, or made elsewhere')
    .argument(
      '[input]',
      `a true image: ${readableFormats}; a slice of an array: ${arrayTitles} (file:name where it holds several); or a folder of them, one after the other`,
    )
    .optionsGroup('What was measured:')
    .option('--task <name>', `what is measured: ${tasks.map(({ name }) => name).join(', ')}`, 'ct')
    .addOption(
      new Option('--param <key=value>', 'an option of the task, as in --task inpaint-random --param missing=0.9; may be repeated')
        .argParser(assignments)
        .default({}, "the papers' settings"),
    )
    .option(
      '--measurement <file>',
      'a real measurement in place of INPUT: NPY, or any file of arrays (file:name where it holds several); for CT [views, bins] of line integrals -log(I / I0) (of an object unlike a patient, or where --sigma is a guess: --preset pixel-scan)',
    )
    .option(
      '--geometry <file>',
      'CT: its geometry: JSON with size, pixelSize, angles (radians), bins, binSize, axis; of a fan beam also detector, sourceToAxis, sourceToDetector; lengths in cm; muMax, the attenuation per cm shown as white, where it is not 0.4 (docs/geometry.md)',
    )
    .option(
      '--slices <first:last>',
      'of a folder, a stack of sinograms or an array of images these, counted from 0, one after the other',
      indexRange,
    )
    .option('--mask <file>', 'for inpaint tasks: a picture, white where pixels are missing, or NPY of 1 (kept) and 0')
    .option('--kernel <file>', 'for blur-motion and blur-nonlinear: the kernel, a picture on black or NPY; sides odd')
    .option('--operator <model.onnx>', 'measure by this network in place of a task: image [1,C,H,W] in [-1, 1] to anything')
    .optionsGroup('How a true image is measured:')
    .option('--angles <n>', 'CT: views, spread equally over half a turn, or what the task says', count, 25)
    .option('--sigma <s>', 'standard deviation of the noise, in the unit of the measurement (default: 0.01 for most tasks)', nonNegative)
    .option('--photons <n>', 'photons an unobstructed ray, or a white pixel, counts: Poisson noise in place of --sigma', positive)
    .addOption(
      new Option('--noise-units <unit>', 'range that --sigma refers to: [-1, 1], or [0, 1], which doubles it')
        .choices(['symmetric', 'unit'])
        .default('symmetric'),
    )
    .option('--field-of-view <cm>', 'CT: width of the image where the file states no pixel size', positive, 25)
    .option(
      '--size <pixels | native>',
      'rows and columns of the image that is reconstructed; native: as many as the file has',
      sizeOf,
      usualSide,
    )
    .option('--no-resize', 'refuse an image of another size instead of resizing it')
    .option('--range <black,white | hu>', 'what the numbers of an array mean, or the samples of a 16-bit picture');
  sliceFlag(command);
  noiseSeedFlag(command);
  tileFlag(solverFlags(command, { images: 'both' }));
  jsonFlag(windowFlag(outFlags(command, 'out/ and the name of the input, with a number where it is taken')));
  machineFlags(command);
  examples(command, [
    ['posteriori reconstruct slice.dcm --angles 25', 'a true slice, measured by 25 views with noise'],
    ['posteriori reconstruct --measurement y.npy --geometry geometry.json --sigma 0.01', 'a real scan'],
    ['posteriori reconstruct --measurement scan.mat:CtDataFull.sinogram --geometry geometry.json', 'an array inside a file'],
    ['posteriori reconstruct volume.nii.gz --slice 40 --range hu', 'one slice of a volume'],
    [
      'posteriori reconstruct slices/ --slices 10:20 --out out/volume',
      'some of a folder, one after the other; goes on where it was stopped',
    ],
    ['posteriori reconstruct photo.jpg --task inpaint-random --method tv', 'a photograph without 70 % of its pixels'],
  ]);
  command.action(async (input: string | undefined, flags: ReconstructFlags & OutFlags) => {
    check(input, flags);
    checkStated(flags, (option) => command.getOptionValueSource(option) === 'cli');
    const { measurement, geometry, mask, kernel, operator, out, force } = flags;
    const choice = withUsualPrior(flags, isGrey(flags) ? 'ct' : 'photo');
    const destination = {
      out: out ?? join('out', folderName(splitInner((input ?? measurement) as string).path)),
      unique: out === undefined,
      inputs: [input, measurement, geometry, mask, kernel, operator]
        .filter((file) => file !== undefined)
        .map((file) => splitInner(file).path),
      force,
    };
    const list = await seriesOf(input, flags);
    if (list !== undefined) {
      const finished = await runSeries(choice, { ...destination, unique: false }, list);
      process.exitCode = printSeries(finished, flags.json);
      return;
    }
    const finished = await runAndReport(choice, destination, (prepared) => sourceOf(input, flags, prepared));
    print(finished, flags.json);
  });
}

/** MRI's images are grey, like those of CT; pictures have colours. */
function isGrey({ task, operator }: ReconstructFlags): boolean {
  return operator === undefined && findTask(task).channels === 1;
}

/** Of a CT the scanner is simulated, or its geometry given. */
function isOfCt({ task, operator }: ReconstructFlags): boolean {
  return findTask(task).scan !== undefined && operator === undefined;
}

function check(input: string | undefined, flags: ReconstructFlags): void {
  const { task, operator, measurement, geometry, mask, kernel, param, noiseSeed, window } = flags;
  const ofCt = isOfCt(flags);
  if (operator !== undefined && task !== 'ct') throw new UsageError('Both --operator and --task are given; give one of them.');
  if (input === undefined && measurement === undefined)
    throw new UsageError(`Nothing to reconstruct from: give an image, or --measurement${ofCt ? ' with --geometry' : ''}.`);
  if (measurement !== undefined && noiseSeed !== undefined)
    throw new UsageError('--noise-seed draws the noise of a simulated measurement; --measurement has its own. Leave one of them out.');
  if (window !== undefined && !ofCt) throw new UsageError('--window is for CT, whose values are in HU; leave it out.');
  if (input !== undefined && measurement !== undefined)
    throw new UsageError('Both an image and --measurement are given; give one of them.');
  if (ofCt && (measurement === undefined) !== (geometry === undefined))
    throw new UsageError('--measurement and --geometry belong together: give both, or neither.');
  if (!ofCt && geometry !== undefined) throw new UsageError('--geometry is for CT; leave it out.');
  if (ofCt || operator !== undefined) {
    // what a measurement was made with its geometry tells
    const options = ofCt && measurement === undefined ? undefined : Object.keys(param)[0];
    for (const [name, value] of Object.entries({ mask, kernel, param: options }))
      if (value !== undefined)
        throw new UsageError(`--${name} is for tasks on pictures, such as --task inpaint or blur-motion; leave it out.`);
  }
}

/** What is said of a true image, of which a measurement that was made elsewhere has none. @throws UsageError where it is stated */
function checkStated(flags: ReconstructFlags, stated: (option: string) => boolean): void {
  if (flags.measurement === undefined) return;
  const unused = { angles: 'angles', fieldOfView: 'field-of-view', photons: 'photons', range: 'range', resize: 'no-resize' };
  const all = isOfCt(flags) ? { ...unused, size: 'size' } : unused;
  for (const [option, name] of Object.entries(all))
    if (stated(option))
      throw new UsageError(
        `--${name} is for a true image, and --measurement is given${isOfCt(flags) ? ', whose geometry says the rest' : ''}. Leave it out.`,
      );
}

/**
 * What lists the slices of a series: a folder; a stack of sinograms, unless `--slice` names one; an array of images, where `--slices` asks
 * for several. Undefined of a single one.
 */
async function seriesOf(
  input: string | undefined,
  flags: ReconstructFlags,
): Promise<((prepared: PreparedChoice) => Promise<Slice[]>) | undefined> {
  const { measurement, geometry, slice, slices, window } = flags;
  const path = (input ?? measurement) as string;
  if (slice !== undefined && slices !== undefined) throw new UsageError('Both --slice and --slices are given; give one of them.');
  const scanner = sharedScanner();
  if (measurement === undefined) {
    if (await isFolder(path))
      return async (prepared) => fileSlices(await findImages(path), path, (file) => sourceOf(file, flags, prepared, scanner), slices);
    if (slices === undefined) return undefined;
    // of a photograph or DICOM there is one, of an array as many as it has
    const isArray = arrayFormatOf(await readStart(splitInner(path).path, START), path) !== undefined;
    const count = isArray ? await sliceCount(path) : 1;
    if (count === 1) throw new UsageError(`${path} is one image: --slices is for a folder or an array of several. Leave it out.`);
    return async (prepared) => arraySlices(count, path, (k) => sourceOf(path, { ...flags, slice: k }, prepared, scanner), slices);
  }
  if (!isOfCt(flags)) {
    if (slices !== undefined) throw new UsageError('--slices is for images, and for sinograms of CT; leave it out.');
    return undefined;
  }
  const setup = ctSetup(await readGeometry(geometry as string));
  const open = async (file: string, k?: number): Promise<Source> => ({ ...(await scannedCt(file, setup, sigmaOf(flags), k)), window });
  if (await isFolder(path)) return async () => fileSlices(await measurementFiles(path), path, (file) => open(file), slices);
  const [views, bins] = setup.operator.outputShape.slice(-2);
  const count = slice === undefined ? await sliceCount(path, [views, bins]) : 1;
  return count === 1 && slices === undefined ? undefined : async () => arraySlices(count, path, (k) => open(path, k), slices);
}

function sigmaOf({ sigma, task, noiseUnits }: ReconstructFlags): number {
  return (sigma ?? findTask(task).sigma) * (noiseUnits === 'unit' ? 2 : 1);
}

async function sourceOf(
  input: string | undefined,
  flags: ReconstructFlags,
  { loaded }: PreparedChoice,
  scanner?: ReturnType<typeof sharedScanner>,
): Promise<Source> {
  const { measurement, geometry, size, photons } = flags;
  const sigma = sigmaOf(flags);
  const ofCt = isOfCt(flags);
  const channels = isGrey(flags) ? 1 : loaded ? channelsOf(loaded.prior) : 3;
  if (measurement !== undefined) {
    if (ofCt)
      return { ...(await scannedCt(measurement, ctSetup(await readGeometry(geometry!)), sigma, flags.slice)), window: flags.window };
    return readMeasuredSource(measurement, flags, channels, size === 'native' ? usualSide : size, sigma);
  }
  if (channels !== 1 && channels !== 3)
    throw new UserError(`The prior "${loaded?.name}" makes images of ${channels} channels, which no picture has.`);
  const reading = {
    channels,
    size: size === 'native' ? size : ([size, size] as const),
    resize: flags.resize,
    range: valueRange(flags.range),
    slice: flags.slice,
  } as const;
  const noise = { sigma, photons };
  if (!ofCt) return simulatedPhoto(input!, reading, { ...flags, seed: flags.noiseSeed ?? flags.seed }, noise);
  return { ...(await simulatedCt(input!, reading, { ...flags, noise }, scanner)), window: flags.window };
}

function sizeOf(text: string): number | 'native' {
  return text === 'native' ? text : count(text);
}

/** `hu`, or black and white separated by a comma. */
function valueRange(text: string | undefined): 'hu' | [number, number] | undefined {
  if (text === undefined || text === 'hu') return text;
  const [black, white, ...rest] = text.split(',').map(Number);
  if (Number.isFinite(black) && Number.isFinite(white) && rest.length === 0) return [black, white];
  throw new UsageError(`--range is hu, or the values of black and white as in --range 0,255; got "${text}".`);
}
