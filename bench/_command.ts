import { parseArgs } from 'node:util';
import { type BenchImage, type Contender, runBench, summarise, summaryTable } from '../src/experiments/node/bench.js';
import { channelsOf } from '../src/priors/index.js';
import { loadPrior } from '../src/priors/node/index.js';
import type { Device, Runtime } from '../src/runtime/index.js';
import { createNodeRuntime } from '../src/runtime/node/index.js';
import { findMethod } from '../src/solvers/methods/index.js';

/** The flags that the CT benches share. */
export const flags = {
  presets: { type: 'string' },
  count: { type: 'string', default: '10' },
  prior: { type: 'string', default: 'ct-pixel' },
  samples: { type: 'string', default: '1' },
  methods: { type: 'string', default: 'tv,resample' },
  set: { type: 'string', multiple: true, default: [] as string[] },
  try: { type: 'string', multiple: true, default: [] as string[] },
  seed: { type: 'string', default: '0' },
  angles: { type: 'string', default: '25' },
  sigma: { type: 'string', default: '0.01' },
  device: { type: 'string', default: 'cpu' },
  images: { type: 'string', default: 'test' },
  side: { type: 'string', default: '256' },
  fit: { type: 'string', default: 'crop' },
  threads: { type: 'string' },
  out: { type: 'string' },
} as const;

type Parsed = ReturnType<typeof parseArgs<{ options: typeof flags; allowPositionals: true }>>;
export type Flags = Parsed['values'];

/** The flags and what else was given; what is wrong with them ends the bench with 2, and `--help` lists them. */
export function readFlags(): Parsed {
  try {
    return parseArgs({ options: flags, allowPositionals: true });
  } catch (error) {
    const listed = Object.entries(flags).map(([name, flag]) => `--${name}${'default' in flag ? ` (${flag.default})` : ''}`);
    const help = process.argv.includes('--help');
    process.stderr.write(`${help ? '' : `${(error as Error).message}\n`}flags: ${listed.join(', ')}\n`);
    process.exit(help ? 0 : 2);
  }
}

/**
 * The methods, each with the prior that is usual for it, or `--prior` where that is of its kind; those with a prior in each of `--presets`
 * (the usual one where not said), with `--set` and `--samples`, and as often as `--try "steps=20 lambda=1"` names options to compare.
 */
async function contendersOf({ methods, presets, set, samples, try: tried, prior: given }: Flags): Promise<Contender[]> {
  const assign = (texts: readonly string[]) => Object.fromEntries(texts.map((text) => text.split('=') as [string, string]));
  const trials = tried.length > 0 ? tried : [undefined];
  const loaded = new Map<string, ReturnType<typeof loadPrior>>();
  const load = (name: string) => loaded.get(name) ?? loaded.set(name, loadPrior(name)).get(name)!;
  const named = await load(given);
  const images = channelsOf(named.prior) === 1 ? 'ct' : 'photo';
  const each = methods.split(',').map(async (method): Promise<Contender[]> => {
    const { needs, usualPrior, variants } = findMethod(method);
    if (!needs.prior) return [{ method }];
    const fits = variants.some(({ space }) => space === named.prior.space);
    const prior = await load(usualPrior?.[images] ?? (fits ? given : images));
    return (presets?.split(',') ?? [undefined]).flatMap((preset) =>
      trials.map((label) => ({
        method,
        preset,
        prior,
        label,
        set: assign([...set, ...(label?.split(/\s+/).filter(Boolean) ?? [])]),
        samples: Number(samples),
      })),
    );
  });
  return (await Promise.all(each)).flat();
}

/** Run a bench and print its table; a line for each result goes to standard error as it comes. */
export async function benchmark(
  name: string,
  values: Flags,
  images: (runtime: Runtime) => Promise<BenchImage[]> | BenchImage[],
): Promise<void> {
  const contenders = await contendersOf(values);
  const runtime = await createNodeRuntime({
    device: values.device as Device,
    threads: values.threads === undefined ? undefined : Number(values.threads),
  });
  const out = values.out ?? `out/bench/${name}`;
  try {
    const results = await runBench(await images(runtime), contenders, {
      runtime,
      seed: Number(values.seed),
      out,
      onResult: (r, fresh) =>
        process.stderr.write(
          `${r.image.padEnd(24)} ${r.method.padEnd(16)} ${r.psnr?.toFixed(2) ?? '-'} dB  ${r.ssim?.toFixed(3) ?? ''}  ${r.hu?.soft === undefined ? '' : `soft ${r.hu.soft.toFixed(1)} HU  `}residual ${r.residualRatio.toFixed(3)}  ${r.seconds.toFixed(1)} s${fresh ? '' : ' (kept)'}\n`,
        ),
    });
    process.stdout.write(`${summaryTable(summarise(results))}\n\n${out}/results.jsonl, ${out}/summary.json\n`);
  } finally {
    await runtime.dispose();
  }
}
