import { serveWork } from '../process-runner.js';
import { Executor, type RunOutcome } from './execute.js';
import type { RunnerRequest, RunProgress } from './runner-messages.js';

/*
 * A process that runs the runs of one method: what it holds at most is the memory of that method alone, and what kills it costs that run
 * alone. It ends with the process that started it.
 */

let executor: Executor | undefined;

serveWork<RunnerRequest, RunProgress, RunOutcome>(async ({ spec, problem, threads }, onStep) => {
  executor ??= await Executor.open({ device: spec.device, threads });
  const { record, image } = await executor.run(spec, problem, ({ step, steps, stage }) => onStep({ step, steps, stage }));
  return { record, image };
});
