import { basename, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { type BenchFile, parseBench } from '../../experiments/bench/bench-file.js';
import { describeBenches, namedBench } from '../../experiments/bench/named.js';
import { BenchFolder } from '../../experiments/node/bench/bench-folder.js';
import { LocalQueue } from '../../experiments/node/bench/local-queue.js';
import { checkBench, type Plan, planBench } from '../../experiments/node/bench/plan.js';
import { ProblemFiles } from '../../experiments/node/bench/problem-files.js';
import type { RunQueue } from '../../experiments/node/bench/queue.js';
import { type BenchState, benchState, missingRuns, runMissing, type Shard } from '../../experiments/node/bench/run-bench.js';
import { parseJson } from '../../io/checked.js';
import { readBytes } from '../../io/node/index.js';
import { loadLpips } from '../../metrics/node/index.js';
import type { Distances } from '../../results/bench/figures.js';
import { writeBenchResults } from '../../results/node/bench-results.js';
import { type LpipsChoice, lpipsDistances, parseLpips } from '../../results/node/lpips-distances.js';
import type { Device } from '../../runtime/index.js';
import { createNodeRuntime, versions } from '../../runtime/node/index.js';
import { UsageError } from '../../tensor/errors.js';
import { BenchProgress } from '../bench-progress.js';
import { Cancelled } from '../errors.js';
import { count, examples, jsonFlag, machineFlags } from '../flags.js';
import { cancellable } from '../interrupt.js';

export interface BenchFlags {
  readonly out?: string;
  readonly images: readonly string[];
  readonly count?: number;
  readonly side?: number;
  readonly prior: readonly string[];
  readonly methods?: string;
  readonly workers: number;
  readonly threads?: number;
  readonly device: Device;
  readonly shard?: Shard;
  readonly gather?: boolean;
  readonly queue?: string;
  readonly objects?: string;
  readonly dryRun?: boolean;
  readonly wall: number;
  readonly lpips: readonly LpipsChoice[];
  readonly json?: boolean;
}

/** `posteriori bench NAME | FILE.json`: every method on every image, and the tables. */
export function benchCommand(program: Command): void {
  const names = describeBenches();
  const width = Math.max(...names.map(({ name }) => name.length));
  const command = program
    .command('bench')
    .description('methods on many images, the same measurement for all: tables and figures; goes on where it was stopped')
    .argument('[bench]', 'one of those below, or a file of your own, bench.json')
    .optionsGroup('What is run:')
    .option('--images <folder>', "your images in place of the bench's own; may be repeated", collect, [])
    .option('--count <n>', 'so many images of each group', count)
    .option('--side <pixels>', 'rows and columns of the images', count)
    .option('--prior <prior>', 'weights in place of the embedded ones, for the methods of their kind; may be repeated', collect, [])
    .option('--methods <names>', "of the bench's methods only these, separated by commas")
    .optionsGroup('How it is run:')
    .option('--workers <n>', 'runs side by side; seconds are honest with one', count, 1)
    .option('--queue <url>', 'let workers do them (posteriori worker): a Redis or Valkey, redis://:PASSWORD@HOST:6379')
    .option('--objects <folder>', 'with --queue: a folder that all machines see, for problems and images (default: through Redis)')
    .option('--shard <k/n>', 'of n equal parts the k-th, one for each task of a cluster; then --gather', shardOf)
    .option('--gather', 'run nothing: tables of what is there')
    .option('--dry-run', 'run nothing: say what would be run')
    .optionsGroup('Results:')
    .option(
      '--lpips <net=files>',
      'measure LPIPS with weights of your own, alex=alexnet.pth,lin-alex.pth; may be repeated',
      collectLpips,
      [],
    )
    .option('--wall <n>', 'images of each table that the report shows', count, 2)
    .option('--out <folder>', 'where results go, and are looked for (default: out/bench/ and the name)');
  jsonFlag(machineFlags(command));
  examples(command, [
    ['posteriori bench table3', 'CT from 25 angles, as in table 3 of the paper'],
    ['posteriori bench ct --images slices/ --count 5', 'every method on five slices of your own'],
    ['posteriori bench my.json --shard 3/100', 'a hundredth of it; on each machine another'],
    ['posteriori bench my.json --gather', 'then all tables'],
  ]);
  command.addHelpText('after', () => `\nBenches:\n${names.map(({ name, title }) => `  ${name.padEnd(width)}   ${title}`).join('\n')}\n`);
  command.action(async (given: string | undefined, flags: BenchFlags) => {
    if (given === undefined)
      throw new UsageError(`Name a bench: ${names.map(({ name }) => name).join(', ')}, or a file of your own that ends in .json.`);
    process.exitCode = await runBenchCommand(given, flags);
  });
}

/** @returns 0, or 1 where a run failed or is missing */
async function runBenchCommand(given: string, flags: BenchFlags): Promise<number> {
  if (flags.gather && (flags.shard || flags.dryRun)) throw new UsageError('--gather runs nothing: leave out --shard and --dry-run.');
  if (flags.objects !== undefined && flags.queue === undefined) throw new UsageError('--objects is for --queue: leave it out.');
  const own = given.endsWith('.json');
  const name = own ? basename(given, '.json') : given;
  const file = adapted(
    own ? parseBench(parseJson(await readBytes(given), given, 'Correct it.', UsageError), given) : namedBench(given),
    flags,
  );
  const options = { device: flags.device, version: versions().posteriori, priors: flags.prior };
  await checkBench(file, options);
  // what the end of the bench needs is looked at before its beginning
  for (const { net, files } of flags.lpips) await loadLpips(files, { net });
  if (flags.queue !== undefined) {
    const { connectRedis } = await import('../../experiments/node/bench/redis.js');
    (await connectRedis(flags.queue)).close();
  }
  return cancellable(async (signal) => {
    const folder = await BenchFolder.open(flags.out ?? join('out', 'bench', name), name);
    const part = flags.shard ? `${flags.shard.number}-of-${flags.shard.of}` : '';
    return folder.locked(part, async () => {
      const progress = new BenchProgress();
      const runtime = await createNodeRuntime({ threads: 1 });
      let plan: Plan;
      try {
        plan = await planBench(file, new ProblemFiles(folder.problems), { ...options, runtime, signal });
      } finally {
        await runtime.dispose();
      }
      for (const notice of plan.notices) progress.say(`Note: ${notice}`);
      await noteOthers(plan, folder, progress);
      const missing = await missingRuns(plan, folder, flags.shard);
      const runs = plan.runs.map(({ id, table, column, image, problem, contender, seed }) => ({
        id,
        table,
        column,
        image,
        problem,
        contender,
        seed,
      }));
      if (flags.dryRun) {
        if (flags.json) process.stdout.write(`${JSON.stringify({ bench: name, out: folder.path, runs, missing: missing.length })}\n`);
        else process.stdout.write(`${plan.runs.length} runs, ${missing.length} of them to be done; results in ${folder.path}\n`);
        return 0;
      }
      await folder.writeManifest({
        bench: 1,
        name,
        file,
        created: new Date().toISOString(),
        versions: versions(),
        tables: plan.tables,
        runs,
      });
      const work = async (): Promise<BenchState> => {
        if (flags.gather) return benchState(plan, folder);
        progress.begin(missing.length, plan.runs.length - missing.length);
        const failures = await runMissing(plan, folder, await queueOf(flags), progress.listener, { shard: flags.shard, signal });
        return benchState(plan, folder, failures);
      };
      const state = await work().catch((error) => {
        if (signal.aborted) throw new Cancelled(`Stopped. What was done is in ${folder.path}: the same command goes on from there.`);
        throw error;
      });
      progress.stop();
      if (flags.shard) {
        process.stdout.write(
          `Part ${flags.shard.number} of ${flags.shard.of} is done: ${missing.length - state.failures.size} runs. When all are, --gather makes the tables.\n`,
        );
        return state.failures.size > 0 ? 1 : 0;
      }
      return report(folder, plan, state, file, name, given, flags);
    });
  });
}

async function report(
  folder: BenchFolder,
  plan: Plan,
  state: BenchState,
  file: BenchFile,
  name: string,
  given: string,
  flags: BenchFlags,
): Promise<number> {
  const distances = await measureLpips(folder, plan, state, flags);
  const title = { title: file.title ?? name, command: commandLine(given, flags), wall: flags.wall, distances };
  const { tables, markdown } = await writeBenchResults(folder, plan, state, file, title);
  if (flags.json) process.stdout.write(`${JSON.stringify({ bench: name, out: folder.path, tables, missing: state.missing.length })}\n`);
  else process.stdout.write(`${markdown}\n${folder.path}/report.html, tables.md, tables.tex, results.csv\n`);
  if (state.missing.length > 0) {
    const why = state.failures.size > 0 ? `${state.failures.size} failed` : 'they are not there yet';
    process.stderr.write(`${state.missing.length} of ${plan.runs.length} runs are missing: ${why}. The same command does those alone.\n`);
  }
  return state.missing.length > 0 ? 1 : 0;
}

async function measureLpips(
  folder: BenchFolder,
  plan: Plan,
  state: BenchState,
  { lpips, device, threads }: BenchFlags,
): Promise<Distances | undefined> {
  if (lpips.length === 0) return undefined;
  const runtime = await createNodeRuntime({ device, threads });
  try {
    return await lpipsDistances(folder, plan, state, lpips, runtime);
  } finally {
    await runtime.dispose();
  }
}

/** The bench with what the flags change of it. */
function adapted(file: BenchFile, { images, count: wanted, side, methods }: BenchFlags): BenchFile {
  const sources = images.length > 0 ? images.map((folder) => ({ folder, side: 256, count: undefined })) : file.images;
  const changed = sources.map((source) => ({
    ...source,
    ...(wanted !== undefined && { count: wanted }),
    ...(side !== undefined && { side }),
  }));
  const names = methods?.split(',').map((method) => method.trim());
  const has = (wantedName: string): boolean => file.methods.some(({ method, name }) => method === wantedName || name === wantedName);
  const unknown = names?.find((wantedName) => !has(wantedName));
  if (unknown !== undefined)
    throw new UsageError(`The bench has no method "${unknown}". Its methods are: ${file.methods.map(({ method }) => method).join(', ')}.`);
  const chosen = names
    ? file.methods.filter(({ method, name }) => names.includes(method) || (name !== undefined && names.includes(name)))
    : file.methods;
  const { reference } = file;
  return { ...file, images: changed, methods: chosen, reference: chosen.length < file.methods.length ? undefined : reference };
}

async function queueOf({ workers, threads, queue, objects }: BenchFlags): Promise<RunQueue> {
  if (queue !== undefined) {
    const { RedisQueue } = await import('../../experiments/node/bench/redis-queue.js');
    return new RedisQueue({ url: queue, objects });
  }
  return new LocalQueue({ workers, threads });
}

/** Results of other settings stay where they are, and are told of. */
async function noteOthers({ runs }: Plan, folder: BenchFolder, progress: BenchProgress): Promise<void> {
  const ours = new Set(runs.map(({ id }) => id));
  const others = [...(await folder.finished())].filter((id) => !ours.has(id)).length;
  if (others > 0)
    progress.say(
      `Note: ${others} results in ${folder.path} are of other settings, weights, images or versions: they stay there and are not used.`,
    );
}

function commandLine(given: string, { images, count: wanted, side, prior, methods }: BenchFlags): string {
  const flags = [
    ...images.map((folder) => `--images ${folder}`),
    ...(wanted === undefined ? [] : [`--count ${wanted}`]),
    ...(side === undefined ? [] : [`--side ${side}`]),
    ...prior.map((one) => `--prior ${one}`),
    ...(methods === undefined ? [] : [`--methods ${methods}`]),
  ];
  return ['posteriori bench', given, ...flags].join(' ');
}

function shardOf(text: string): Shard {
  const [, number, of] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (!(number >= 1 && number <= of)) throw new InvalidArgumentError('It must be k/n with k from 1 to n, as in 3/100.');
  return { number, of };
}

function collectLpips(text: string, sofar: readonly LpipsChoice[]): LpipsChoice[] {
  return [...sofar, parseLpips(text)];
}

function collect(text: string, sofar: readonly string[]): string[] {
  return [...sofar, text];
}
