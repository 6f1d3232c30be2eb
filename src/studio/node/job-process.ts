import { rmSync } from 'node:fs';
import { serveWork } from '../../experiments/node/process-runner.js';
import { prepareChoice, type Run, runProblem } from '../../experiments/node/run.js';
import type { Outcome } from '../../experiments/reconstruct.js';
import { npyTensor } from '../../io/index.js';
import { hashFiles } from '../../io/node/hash-files.js';
import { readNpy } from '../../io/node/index.js';
import { OutputFolder } from '../../io/node/output-folder.js';
import { findPrior, pathsOf } from '../../priors/node/find-prior.js';
import { writeResults } from '../../results/node/results.js';
import type { Step } from '../../solvers/index.js';
import { UserError } from '../../tensor/errors.js';
import { reshapeTensor, type Tensor } from '../../tensor/tensor.js';
import type { JobResult } from '../api.js';
import { asFields } from '../refusal.js';
import { jobSource } from './job-source.js';
import { inputNames, type JobOutcome, type JobProgress, type JobWork } from './job-work.js';
import { thumbnail } from './thumbnail.js';

/* A process that does one job, as the command line does it. Its memory is that job's, and what kills it ends that job alone. */

/** Steps and estimates are told no more often than people see. */
const STEP_MS = 100;
const ESTIMATE_MS = 700;
/** Rows and columns of an estimate, at most: those of what is usually reconstructed, so that it can lie over the other pictures. */
const ESTIMATE = 512;

let scratch: string | undefined;
process.on('exit', () => scratch && rmSync(scratch, { recursive: true, force: true }));

serveWork<JobWork, JobProgress, JobOutcome>(async (work, tell) => {
  const { inputs, out, remote, request } = work;
  scratch = remote?.folder;
  const named = (text: string) => {
    for (const name of inputNames) text = text.replaceAll(inputs[name]?.path ?? '\0', inputs[name]?.name ?? '');
    text = text.replaceAll(remote?.prior?.path ?? '\0', request.prior ?? '');
    return asFields(text.replaceAll(out, remote ? "the worker's folder" : "the studio's folder"));
  };
  try {
    return await reconstruct(work, (progress) => tell('text' in progress ? { ...progress, text: named(progress.text) } : progress));
  } catch (error) {
    throw error instanceof UserError ? new UserError(named(error.message), { cause: error }) : error;
  }
});

async function reconstruct(work: JobWork, tell: (progress: JobProgress) => void): Promise<JobOutcome> {
  const { request, inputs, out, threads, remote } = work;
  const { method, preset, set, baseline, seed, noiseSeed, samples } = request;
  const prior = remote?.prior ? await priorThere(remote.prior) : (request.prior ?? '');
  const from = inputs.from && { estimate: await estimateOf(inputs.from.path), done: request.done ?? 0 };
  const how = { method, preset, set, prior, baseline, seed, noiseSeed, samples, from };
  const choice = await prepareChoice({ ...how, device: 'cpu', threads });
  const source = await jobSource(work, choice.loaded);
  for (const text of source.notices ?? []) tell({ type: 'notice', text });
  const folder = await OutputFolder.open(out, { elsewhere: 'ask whoever runs the studio' });
  const steps = new StepTeller(tell);
  const run = await runProblem(choice, (runtime, random) => source.measure(runtime, random), {
    onStep: (step, title) => steps.tell(step, title),
    onNotice: (text) => tell({ type: 'notice', text }),
    onWarning: (text) => tell({ type: 'warning', text }),
  });
  const { files = {} } = await writeResults(folder, run, choice, source);
  return {
    result: resultOf(run, method, choice.using.title, [...Object.keys(files), 'manifest.json']),
    warnings: run.warnings.map(asFields),
  };
}

/** `[1, C, H, W]` of an NPY `[C, H, W]`. */
async function estimateOf(path: string): Promise<Tensor> {
  const x = npyTensor(await readNpy(path));
  return reshapeTensor(x, [1, ...x.shape]);
}

/** The prior of a studio on another machine, where this one has the same. */
async function priorThere({ path, sha256 }: { readonly path: string; readonly sha256: string }): Promise<string> {
  const remedy = 'Whoever runs the studio must put the same files there, under the same path, or name an embedded prior';
  const found = await findPrior(path).catch(() => {
    throw new UserError(`The worker that took the job has no prior "${path}". ${remedy}.`);
  });
  const here = await hashFiles(pathsOf(found));
  if (here === sha256) return path;
  throw new UserError(
    `The worker that took the job has another prior "${path}": its hash is ${here.slice(0, 16)}, the studio's is ${sha256.slice(0, 16)}. ${remedy}.`,
  );
}

function resultOf({ outcome, baselines, problem }: Run, method: string, title: string, files: string[]): JobResult {
  const figures = (name: string, called: string, { psnr, ssim, hu, residual, seconds }: Outcome): JobResult['figures'][number] => ({
    method: name,
    title: called,
    psnr: psnr === Number.POSITIVE_INFINITY ? 'Infinity' : psnr,
    ssim,
    hu: hu as Record<string, number> | undefined,
    residual: Number.isFinite(residual) ? residual : null,
    seconds,
  });
  return {
    figures: [...baselines.map((one) => figures(one.method, one.title, one)), figures(method, title, outcome)],
    noise: problem.sigma ** 2,
    peakMemoryMB: outcome.peakMemoryMB,
    counts: { ...outcome.counts },
    files,
  };
}

/** Tells steps, not all of them, and now and then with a small picture of the clean estimate. */
class StepTeller {
  private readonly began = performance.now();
  private told = Number.NEGATIVE_INFINITY;
  private shown = Number.NEGATIVE_INFINITY;
  private drawing = false;
  private last: Extract<JobProgress, { type: 'step' }> | undefined;

  constructor(private readonly send: (progress: JobProgress) => void) {}

  tell({ step, steps, stage, residual, estimate }: Step, baseline?: string): void {
    const now = performance.now();
    const another = stage !== this.last?.stage || baseline !== this.last?.baseline;
    const finite = residual !== undefined && Number.isFinite(residual) ? residual : undefined;
    this.last = { type: 'step', step, steps, stage, baseline, residual: finite, seconds: (now - this.began) / 1000 };
    if (another || step === steps || now - this.told >= STEP_MS) {
      this.told = now;
      this.send(this.last);
    }
    if (estimate === undefined || this.drawing || now - this.shown < ESTIMATE_MS) return;
    this.shown = now;
    this.drawing = true;
    thumbnail(estimate, ESTIMATE)
      .then((png) => {
        // that of a baseline which is over says nothing of the method
        if (this.last?.baseline !== baseline) return;
        this.send({ ...this.last!, estimate: `data:image/png;base64,${Buffer.from(png).toString('base64')}` });
      })
      // an estimate that cannot be shown, because it diverges, is told by its residual
      .catch(() => {})
      .finally(() => {
        this.drawing = false;
      });
  }
}
