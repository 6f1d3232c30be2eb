import { cut, pose } from '../../experiments/pose.js';
import { checkMidway, solve } from '../../experiments/solve.js';
import { withSurroundings } from '../../experiments/surroundings.js';
import { resultWarnings } from '../../experiments/warnings.js';
import { checkNeeds, defaultPreset, findMethod, resolveOptions } from '../../solvers/methods/index.js';
import { Random } from '../../tensor/random.js';
import type { Loading, Result, Solving, StepNews } from '../backend/backend.js';
import type { Engine } from './engine.js';
import { loadEmbedded } from './load-prior.js';
import type { Posed } from './posing.js';
import { forThePage } from './sentence.js';

export interface RunNews {
  readonly onLoading: (loading: Loading) => void;
  readonly onNotice: (sentence: string) => void;
  readonly onStep: (step: StepNews) => void;
}

/** The road of the command line (`runProblem`) on this page's engine. @throws UserError, or the signal's reason */
export async function runJob(
  engine: Engine,
  base: URL,
  { key, problem }: Posed,
  { method: name, seed, samples, prior, preset: asked, set, from }: Solving,
  { onLoading, onNotice, onStep }: RunNews,
  signal: AbortSignal,
): Promise<Result> {
  const method = findMethod(name);
  checkNeeds(method, problem.operator);
  const images = problem.operator.inputShape[0] === 1 ? 'ct' : 'photo';
  const wanted = prior ?? method.usualPrior?.[images] ?? `${images}-pixel`;
  const loaded = method.needs.prior
    ? await unlessAborted(
        loadEmbedded(wanted, base, (at, total) => onLoading({ what: 'prior', loaded: at, total })),
        signal,
      )
    : undefined;
  checkNeeds(method, problem.operator, loaded?.prior);
  const preset = asked ?? defaultPreset(method, loaded?.prior);
  const options = resolveOptions(method, preset, set, loaded?.prior);
  const runtime = await engine.runtime(onLoading);
  const scene = withSurroundings(problem);
  const posed = loaded && pose(scene.problem, loaded.prior);
  for (const notice of [scene.notice, ...(posed?.notices ?? [])]) if (notice !== undefined) onNotice(forThePage(notice));
  const target = posed === undefined ? scene : { ...posed, region: scene.region ?? posed.region };
  if (from) checkMidway(from, target);
  const lane = { runtime, graphs: await engine.graphsOf(key, runtime) };
  const start = performance.now();
  const seeded = new Random(seed);
  const count = method.kind === 'point estimate' ? 1 : samples;
  const outcome = await solve(
    target,
    { method, preset, options, samples: count },
    {
      lanes: [lane],
      truth: problem.truth,
      random: (stream) => seeded.fork(stream),
      signal,
      from,
      onStep: ({ step, steps, stage, residual, estimate, counts }) => {
        const seen = estimate && (target.region ? cut(estimate, target.region) : estimate);
        onStep({ step, steps, stage, residual, estimate: seen, seconds: (performance.now() - start) / 1000, network: counts.network });
      },
    },
  );
  signal.throwIfAborted();
  const { image, residual, seconds, psnr, ssim, hu, counts } = outcome;
  return {
    image,
    residual,
    sigma: problem.sigma,
    seconds,
    psnr,
    ssim,
    hu,
    counts: { ...counts },
    preset,
    options,
    ...(loaded && { prior: { name: loaded.name, sha256: loaded.sha256 } }),
    warnings: resultWarnings(outcome, problem, method, true).map(forThePage),
    device: runtime.device,
    threads: runtime.threads,
    ...(outcome.samples && { deviation: outcome.samples.deviation }),
  };
}

/** A download goes on, for the next time, when what waits for it is stopped. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}
