import type { Command } from 'commander';
import { readParts } from '../../priors/node/index.js';
import type { Device } from '../../runtime/index.js';
import { createNodeRuntime } from '../../runtime/node/index.js';
import type { AnyTrainConfig } from '../../training/config.js';
import { readTrainConfig, type StartingPrior, type TrainProgress, train } from '../../training/node/train.js';
import { interrupted, isAbort } from '../errors.js';
import { jsonFlag, machineFlags } from '../flags.js';
import { cancellable } from '../interrupt.js';
import { formatSeconds } from '../progress.js';
import { withTransferLine } from '../transfer-line.js';

/** `posteriori train CONFIG`: trains a prior; goes on from its checkpoint when one is there. */
export function trainCommand(program: Command): void {
  const command = program
    .command('train')
    .description('train a prior; stop it at any time, the same command goes on')
    .argument('<config>', 'configuration, JSON; priors/ct/train.json and priors/ct-pixel/fine-tune.json are examples')
    .option('--from <prior>', 'start from the weights of this prior, given as for reconstruct (fine-tuning)')
    .option('--data <folder>', 'train on the images in this folder instead of the data of the configuration')
    .option('--out <folder>', 'where the finished prior goes, instead of the folder of the configuration');
  command.option('--force', 'let the finished prior replace another one that is in that folder');
  machineFlags(jsonFlag(command)).action(async (path: string, flags: Flags) => {
    const config = withFlags(await readTrainConfig(path), flags);
    const from = flags.from === undefined ? undefined : await startingFrom(flags.from, config);
    const runtime = await createNodeRuntime(flags);
    let last: TrainProgress | undefined;
    try {
      await cancellable(async (signal) => {
        let spoke = 0;
        for await (const progress of train(config, { runtime, signal, from, force: flags.force })) {
          last = progress;
          if (performance.now() - spoke < 1000 && progress.step < progress.steps) continue;
          spoke = performance.now();
          say(line(progress), progress.step === progress.steps);
        }
      });
    } catch (error) {
      if (!isAbort(error)) throw error;
      process.stderr.write(`\nStopped. The checkpoint is in ${config.work}: the same command goes on from it.\n`);
      process.exitCode = interrupted;
      return;
    } finally {
      await runtime.dispose();
    }
    const { loss } = last?.losses ?? {};
    process.stdout.write(
      flags.json ? `${JSON.stringify({ out: config.out, steps: last?.steps, loss })}\n` : `The prior is in ${config.out}.\n`,
    );
  });
}

/** The prior to start from, pulled where need be. */
function startingFrom(prior: string, { prior: { kind } }: AnyTrainConfig): Promise<StartingPrior> {
  const use = `This configuration, of a prior of the kind ${kind},`;
  return cancellable((signal) => withTransferLine(signal, (options) => readParts(prior, { ...options, kinds: [kind], use })));
}

interface Flags {
  device: Device;
  threads?: number;
  json?: boolean;
  from?: string;
  data?: string;
  out?: string;
  force?: boolean;
}

function withFlags(config: AnyTrainConfig, { data, out }: Flags): AnyTrainConfig {
  return {
    ...config,
    ...(data === undefined ? {} : { data: { kind: 'folder' as const, path: data, synthetic: shareOf(config) } }),
    ...(out === undefined ? {} : { out }),
  };
}

/** Of made images among those of a folder. */
function shareOf({ data }: AnyTrainConfig): number {
  return data.kind === 'folder' ? data.synthetic : 0;
}

function line({ stage, step, steps, losses, secondsPerStep }: TrainProgress): string {
  return `${stage}: step ${step} of ${steps} | loss ${losses.loss.toPrecision(4)} | ${formatSeconds(secondsPerStep * (steps - step))} left`;
}

/** One line that is written over on a terminal, and lines elsewhere. */
function say(text: string, keep: boolean): void {
  const { stderr } = process;
  stderr.write(stderr.isTTY ? `\r\x1b[K${text}${keep ? '\n' : ''}` : `${text}\n`);
}
