import type { Device, Runtime } from '../../../runtime/index.js';
import { checkNeeds } from '../../../solvers/methods/index.js';
import { UsageError } from '../../../tensor/errors.js';
import { Random } from '../../../tensor/random.js';
import { sizeOf, type Tensor } from '../../../tensor/tensor.js';
import type { BenchFile, TaskEntry } from '../../bench/bench-file.js';
import { packProblem } from '../../bench/pack.js';
import { type PlannedRun, runId } from '../../bench/run-spec.js';
import { hashTensor, sha256 } from '../../hash.js';
import { simulate } from '../../problem.js';
import { findTask, type Setup, scannerOf, setUp } from '../../tasks/index.js';
import { checkSampleMemory } from '../sample-memory.js';
import { type BenchImage, imagesOf } from './bench-images.js';
import { type Column, columnsOf, Priors } from './contenders.js';
import type { ProblemFiles } from './problem-files.js';

/** A table of a bench: one task on one group of images. */
export interface PlannedTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** The column that the others are held against. */
  readonly reference: string;
}

export interface Plan {
  readonly tables: readonly PlannedTable[];
  readonly runs: readonly PlannedRun[];
  /** Where each problem lies, by its hash. */
  readonly problems: ReadonlyMap<string, string>;
  readonly notices: readonly string[];
}

export interface PlanOptions {
  readonly runtime: Runtime;
  readonly device: Device;
  readonly version: string;
  /** Priors in place of the usual ones. */
  readonly priors?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Everything that a bench asks for, looked up: what is wrong in it shows here. Only images are read. */
export async function checkBench(file: BenchFile, options: Pick<PlanOptions, 'priors'> = {}) {
  const priors = new Priors(options.priors);
  const groups = await Promise.all(file.images.map(imagesOf));
  const columns = new Map<number, Column[]>();
  for (const entry of file.tasks) {
    const task = findTask(entry.task);
    if (task.scan === undefined && (entry.angles ?? entry.fieldOfView) !== undefined)
      throw new UsageError(`"angles" and "fieldOfView" are of the tasks of CT, not of ${entry.task}. Leave them out.`);
    if (task.part !== undefined && !task.part.drawn)
      throw new UsageError(
        `The task ${entry.task} needs a ${task.part.name} of one's own, which a bench does not draw. Choose another task.`,
      );
    const channels = channelsOf(entry);
    if (!columns.has(channels)) columns.set(channels, (await Promise.all(file.methods.map((m) => columnsOf(m, channels, priors)))).flat());
    const names = columns.get(channels)!.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw new UsageError(`Two methods of the bench are called "${twice}". Give each a "name" of its own.`);
  }
  if (file.reference !== undefined) referenceOf(file, [...columns.values()].flat());
  return { groups, columns };
}

/** Makes every problem, or takes those that were made, and lists every run. @throws UserError for whatever the bench gets wrong */
export async function planBench(file: BenchFile, problems: ProblemFiles, options: PlanOptions): Promise<Plan> {
  const { groups, columns } = await checkBench(file, options);
  const notices = new Set<string>();
  const paths = new Map<string, string>();
  const tables: PlannedTable[] = [];
  const runs: PlannedRun[] = [];
  for (const entry of file.tasks) {
    for (const group of groups) {
      const table = `${group.name}: ${taskName(entry)}`;
      if (tables.some(({ name }) => name === table))
        throw new UsageError(`Two tables of the bench would be called "${table}". Give the images or the task a "name".`);
      const rows: PlannedRun[] = [];
      const made: { image: string; seed: number; hash: string }[] = [];
      let fitting: Column[] = columns.get(channelsOf(entry))!;
      for (const seed of file.seeds) {
        for (const image of group.images) {
          options.signal?.throwIfAborted();
          const { key, setup, make } = await problemOf(image, entry, seed, options.runtime);
          fitting = fitting.filter((column) => fits(column, setup, table, notices));
          for (const { contender } of fitting) checkSampleMemory(contender.samples, sizeOf(setup.operator.inputShape));
          const { hash } = await problems.get(key, make);
          paths.set(hash, problems.path(key));
          made.push({ image: file.seeds.length > 1 ? `${image.name}, seed ${seed}` : image.name, seed, hash });
        }
      }
      for (const { name: column, contender, varied } of fitting)
        for (const { image, seed, hash } of made) {
          const spec = { problem: hash, contender, seed, device: options.device };
          rows.push({ id: await runId(spec, options.version), ...spec, table, column, image, ...(varied && { varied }) });
        }
      runs.push(...rows);
      if (fitting.length === 0) throw new UsageError(`None of the bench's methods can do "${table}". ${[...notices].join(' ')}`);
      tables.push({ name: table, columns: fitting.map(({ name }) => name), reference: referenceOf(file, fitting) });
    }
  }
  return { tables, runs, problems: paths, notices: [...notices] };
}

/** @throws UsageError when the bench names one that is not there */
function referenceOf({ reference }: BenchFile, columns: readonly Column[]): string {
  const of = (wanted: string) => columns.find(({ name, contender }) => name === wanted || contender.method === wanted)?.name;
  if (reference === undefined) return of('resample') ?? columns[0].name;
  const found = of(reference);
  if (found === undefined)
    throw new UsageError(`The reference "${reference}" is none of the bench's methods: ${columns.map(({ name }) => name).join('; ')}.`);
  return found;
}

function fits({ using: method, prior }: Column, setup: Setup, table: string, notices: Set<string>): boolean {
  try {
    checkNeeds(method, setup.operator, prior);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    notices.add(`${table}: without ${method.title}. ${error.message}`);
    return false;
  }
  const smaller = setup.classical.includes('bicubic');
  if (method.needs.smaller && !smaller)
    notices.add(`${table}: without ${method.title}, which is for measurements that are smaller images.`);
  return !method.needs.smaller || smaller;
}

function channelsOf({ task }: TaskEntry): 1 | 3 {
  return findTask(task).channels === 1 ? 1 : 3;
}

function taskName({ task, name, angles = 25, sigma, photons, param = {} }: TaskEntry): string {
  if (name !== undefined) return name;
  const found = findTask(task);
  const title = found.scan ? `${task === 'ct' ? 'CT' : found.title} from ${angles} views` : found.title;
  const values = Object.entries(param).map(([key, value]) => `${key} ${value}`);
  return [title, ...values, photons === undefined ? `sigma ${sigma ?? found.sigma}` : `${photons} photons`].join(', ');
}

/** The problem of an image, a task and a seed: mask and kernel are those of task and seed, the noise is the image's own. */
async function problemOf(source: BenchImage, entry: TaskEntry, seed: number, runtime: Runtime) {
  const { image, pixelSizeCm } = await source.read(channelsOf(entry));
  const random = new Random(seed);
  const setup = setupOf(entry, image, pixelSizeCm, random.fork(entry.task));
  const noise = { sigma: entry.sigma ?? findTask(entry.task).sigma, photons: entry.photons };
  const { tensors: _, ...recipe } = setup.recipe;
  const made = JSON.stringify([source.name, await hashTensor(image), recipe, noise, seed]);
  return {
    key: await sha256(new TextEncoder().encode(made)),
    setup,
    make: async () => packProblem(await simulate(runtime, image, setup, noise, random.fork(`measurement ${source.name}`))),
  };
}

function setupOf(
  { task, angles = 25, fieldOfView = 25, param }: TaskEntry,
  image: Tensor,
  pixelSizeCm: number | undefined,
  random: Random,
): Setup {
  const [, channels, height, width] = image.shape;
  if (findTask(task).scan === undefined) return setUp({ task, image: [channels, height, width], options: param }, random);
  const setting = { views: angles, size: height, fieldOfView: pixelSizeCm === undefined ? fieldOfView : pixelSizeCm * height };
  return scannerOf(task, setting, param);
}
