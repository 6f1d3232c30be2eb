import { basename, extname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { ctScanner, measuredCt, simulateCt } from '../../experiments/ct-problem.js';
import { npyTensor } from '../../io/index.js';
import { readBytes, readImage, readNpy } from '../../io/node/index.js';
import { defaultGeometry, parseGeometry } from '../../operators/index.js';
import { UserError } from '../../tensor/errors.js';
import { count, jsonFlag, machineFlags, nonNegative, positive, type SolverFlags, solverFlags } from '../flags.js';
import { print, runAndReport, type Source } from '../run-and-report.js';

interface ReconstructFlags extends SolverFlags {
  readonly task: string;
  readonly angles: number;
  readonly sigma: number;
  readonly photons?: number;
  readonly noiseUnits: 'symmetric' | 'unit';
  readonly fieldOfView: number;
  readonly size: number;
  readonly resize: boolean;
  readonly range?: string;
  readonly measurement?: string;
  readonly geometry?: string;
}

const tasks = ['ct'];
/** Rows and columns of an image that is measured first, where `--size` does not say otherwise. */
const usualSide = 256;

/** `posteriori reconstruct INPUT`: a true image, measured and reconstructed; or a real measurement. */
export function reconstructCommand(program: Command): void {
  const command = program
    .command('reconstruct')
    .description('reconstruct from few, noisy measurements: of a true image, which is measured first, or made by a scanner')
    .argument('[input]', 'a true image: PNG, JPEG, TIFF, DICOM or NPY')
    .option('--task <name>', 'what is measured; known: ct', 'ct')
    .option('--angles <n>', 'views, spread equally over half a turn', count, 25)
    .option('--sigma <s>', 'standard deviation of the noise, on the line integrals', nonNegative, 0.01)
    .option('--photons <n>', 'photons an unobstructed ray counts: Poisson noise in place of --sigma', positive)
    .addOption(
      new Option('--noise-units <unit>', 'range that --sigma refers to: [-1, 1], or [0, 1], which doubles it')
        .choices(['symmetric', 'unit'])
        .default('symmetric'),
    )
    .option('--field-of-view <cm>', 'width of the image where the file states no pixel size', positive, 25)
    .option('--size <pixels>', 'rows and columns of the image that is reconstructed; the prior must be able to run there', count, usualSide)
    .option('--no-resize', 'refuse an image of another size instead of resizing it')
    .option('--range <black,white | hu>', 'what the numbers of an NPY image mean')
    .option('--measurement <file>', 'a real measurement in place of INPUT: NPY [views, bins] of line integrals -log(I / I0)')
    .option('--geometry <file>', 'its geometry: JSON with size, pixelSize, angles, bins, binSize, axis');
  jsonFlag(machineFlags(solverFlags(command)))
    .option('--out <folder>', 'where results go (default: out/ and the name of the input)')
    .action(async (input: string | undefined, flags: ReconstructFlags) => {
      check(input, flags);
      const file = (input ?? flags.measurement) as string;
      const out = flags.out ?? join('out', basename(file, extname(file)));
      const finished = await runAndReport(flags, out, () => (input === undefined ? givenMeasurement(flags) : trueImage(input, flags)));
      print(finished, flags.json);
    });
}

function check(input: string | undefined, { task, measurement, geometry }: ReconstructFlags): void {
  const usage = (message: string) => new UserError(message, { exitCode: 2 });
  if (!tasks.includes(task)) throw usage(`There is no task "${task}". The tasks are: ${tasks.join(', ')}.`);
  if (input === undefined && measurement === undefined)
    throw usage('Nothing to reconstruct from: give an image, or --measurement with --geometry.');
  if (input !== undefined && measurement !== undefined) throw usage('Both an image and --measurement are given; give one of them.');
  if ((measurement === undefined) !== (geometry === undefined))
    throw usage('--measurement and --geometry belong together: give both, or neither.');
}

async function trueImage(path: string, flags: ReconstructFlags): Promise<Source> {
  const { tensor, pixelSizeCm, notices } = await readImage(path, {
    channels: 1,
    size: [flags.size, flags.size],
    resize: flags.resize,
    range: valueRange(flags.range),
  });
  const geometry = defaultGeometry({
    views: flags.angles,
    size: flags.size,
    fieldOfView: pixelSizeCm === undefined ? flags.fieldOfView : pixelSizeCm * flags.size,
  });
  const sigma = flags.noiseUnits === 'unit' ? 2 * flags.sigma : flags.sigma;
  return {
    input: basename(path),
    measurement: 'simulated',
    photons: flags.photons,
    notices,
    measure: (runtime, random) => simulateCt(runtime, tensor, ctScanner(geometry), { sigma, photons: flags.photons }, random),
  };
}

async function givenMeasurement({ measurement, geometry, sigma, noiseUnits }: ReconstructFlags): Promise<Source> {
  const y = npyTensor(await readNpy(measurement!));
  const problem = measuredCt(
    y,
    ctScanner(parseGeometry(parseJson(await readBytes(geometry!), geometry!), geometry)),
    noiseUnits === 'unit' ? 2 * sigma : sigma,
  );
  return { input: basename(measurement!), measurement: 'given', measure: async () => problem };
}

function parseJson(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new UserError(`${path} is not JSON: ${(error as Error).message}. Correct it; docs and geometry.json of any run show the form.`, {
      cause: error,
    });
  }
}

/** `hu`, or black and white separated by a comma. */
function valueRange(text: string | undefined): 'hu' | [number, number] | undefined {
  if (text === undefined || text === 'hu') return text;
  const [black, white, ...rest] = text.split(',').map(Number);
  if (Number.isFinite(black) && Number.isFinite(white) && rest.length === 0) return [black, white];
  throw new UserError(`--range is hu, or the values of black and white as in --range 0,255; got "${text}".`, { exitCode: 2 });
}
