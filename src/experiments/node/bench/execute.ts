import { haarPsi, msSsim, msSsimSide } from '../../../metrics/index.js';
import { type LoadedPrior, loadPrior } from '../../../priors/node/index.js';
import type { Runtime } from '../../../runtime/index.js';
import { createNodeRuntime, versions } from '../../../runtime/node/index.js';
import { CompiledGraphs, type Reconstruction, type Step } from '../../../solvers/index.js';
import { findMethod, runMethod } from '../../../solvers/methods/index.js';
import { UserError } from '../../../tensor/errors.js';
import { Random } from '../../../tensor/random.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { endAtBudget } from '../../bench/budget.js';
import { ProblemReader } from '../../bench/pack.js';
import type { RunRecord, RunSpec } from '../../bench/run-spec.js';
import { hashTensor } from '../../hash.js';
import { cut, pose } from '../../pose.js';
import { reconstructSamples } from '../../reconstruct.js';
import { peakMemoryMB } from '../run.js';

/** What came of a run. */
export interface RunOutcome {
  readonly record: RunRecord;
  readonly image: Tensor;
}

/** Runs the runs of one method and one prior, whatever their problems, in this process: its peak memory is theirs. */
export class Executor {
  private graphs: CompiledGraphs | undefined;
  private operator: object | undefined;
  private readonly reader = new ProblemReader();
  private prior: LoadedPrior | undefined;

  private constructor(private readonly runtime: Runtime) {}

  static async open(options: { readonly device: RunSpec['device']; readonly threads?: number }): Promise<Executor> {
    return new Executor(await createNodeRuntime(options));
  }

  async run(spec: RunSpec, packed: Uint8Array, onStep?: (step: Step) => void): Promise<RunOutcome> {
    const { method: name, preset, options, samples, budget } = spec.contender;
    const method = findMethod(name);
    const problem = await this.reader.read(packed, `problem ${spec.problem.slice(0, 8)}`);
    const prior = await this.priorOf(spec);
    const target = prior ? pose(problem, prior.prior) : { problem };
    const graphs = await this.graphsFor(problem.operator);
    const random = new Random(spec.seed);
    const region = 'region' in target ? target.region : undefined;
    const run = (stream: string): Reconstruction => {
      const context = { runtime: this.runtime, graphs, random: random.fork(stream) };
      const whole = runMethod(method, preset, { ...target, context, options });
      return budget ? endAtBudget(whole, budget) : whole;
    };
    const outcome = await reconstructSamples(samples, run, target.problem, this.runtime, {
      onStep,
      peakMemoryMB,
      truth: problem.truth,
      ...(region && { cut: (image: Tensor) => cut(image, region) }),
    });
    const { image, psnr, ssim, hu, residual, counts, seconds, peakMemoryMB: peak } = outcome;
    return {
      image,
      record: {
        id: spec.id,
        psnr,
        ssim,
        ...(problem.truth && perceptual(image, problem.truth)),
        hu,
        residual: problem.sigma > 0 ? residual / problem.sigma ** 2 : residual,
        counts,
        seconds,
        peakMemoryMB: peak as number,
        threads: this.runtime.threads,
        versions: versions(),
        image: await hashTensor(image),
      },
    };
  }

  async close(): Promise<void> {
    await this.graphs?.dispose();
    await this.runtime.dispose();
  }

  private async priorOf({ contender: { prior: wanted } }: RunSpec): Promise<LoadedPrior | undefined> {
    if (wanted === undefined) return undefined;
    if (this.prior?.sha256 === wanted.sha256) return this.prior;
    const found = await loadPrior(wanted.path);
    if (found.sha256 !== wanted.sha256)
      throw new UserError(
        `The prior ${wanted.path} is another one here: its hash is ${found.sha256.slice(0, 16)}, the bench's is ${wanted.sha256.slice(0, 16)}. Put the same files there.`,
      );
    this.prior = found;
    return found;
  }

  /** Compiled graphs serve as long as the operator stays; those of one that is gone would only fill memory. */
  private async graphsFor(operator: object): Promise<CompiledGraphs> {
    if (operator !== this.operator) await this.graphs?.dispose();
    if (operator !== this.operator || this.graphs === undefined) this.graphs = new CompiledGraphs(this.runtime);
    this.operator = operator;
    return this.graphs;
  }
}

function perceptual(image: Tensor, truth: Tensor): Pick<RunRecord, 'msSsim' | 'haarPsi'> {
  const large = Math.min(...truth.shape.slice(-2)) >= msSsimSide;
  return { haarPsi: haarPsi(image, truth), ...(large && { msSsim: msSsim(image, truth) }) };
}
