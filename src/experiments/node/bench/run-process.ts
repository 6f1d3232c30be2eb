import { Executor } from './execute.js';
import { explainFailure, type RunnerReply, type RunnerRequest } from './runner-messages.js';

/*
 * A process that runs the runs of one method: what it holds at most is the memory of that method alone, and what kills it costs that run
 * alone. It ends with the process that started it.
 */

let executor: Executor | undefined;

process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches every process of a terminal; the parent decides what becomes of this one
process.on('SIGINT', () => {});

process.on('message', async ({ spec, problem, threads }: RunnerRequest) => {
  const send = (reply: RunnerReply) => new Promise<void>((resolve) => process.send?.(reply, () => resolve()));
  try {
    executor ??= await Executor.open({ device: spec.device, threads });
    const { record, image } = await executor.run(spec, problem, ({ step, steps, stage }) => void send({ step, steps, stage }));
    await send({ record, image });
  } catch (error) {
    await send({ failure: explainFailure(error) });
  }
});
