import { Command, CommanderError } from 'commander';
import { versions } from '../runtime/node/index.js';
import { benchCommand } from './commands/bench.js';
import { compareCommand } from './commands/compare.js';
import { demoCommand } from './commands/demo.js';
import { doctorCommand } from './commands/doctor.js';
import { gradCommand } from './commands/grad.js';
import { inspectCommand } from './commands/inspect.js';
import { methodsCommand } from './commands/methods.js';
import { prepareScanCommand } from './commands/prepare-scan.js';
import { priorCommand } from './commands/prior.js';
import { reconstructCommand } from './commands/reconstruct.js';
import { rerunCommand } from './commands/rerun.js';
import { deblurCommand, inpaintCommand, upscaleCommand } from './commands/restore.js';
import { studioCommand } from './commands/studio.js';
import { trainCommand } from './commands/train.js';
import { workerCommand } from './commands/worker.js';
import { explain } from './errors.js';

/**
 * The command line. Results go to standard output, everything else to standard error.
 * @param args without `node` and the script
 * @returns the exit code: 0, 1 for a failure, 2 for wrong usage, 130 after Ctrl-C
 */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command('posteriori')
    .description('Image reconstruction from incomplete, noisy measurements with diffusion priors.')
    .version(versions().posteriori)
    .option('--debug', 'show the stack trace of an error')
    .showSuggestionAfterError()
    .exitOverride()
    // commander's own message is printed below, in the form of all others
    .configureOutput({ outputError: () => {} });
  const commands = [
    ...[demoCommand, reconstructCommand, prepareScanCommand, inpaintCommand, upscaleCommand, deblurCommand, rerunCommand],
    ...[studioCommand, benchCommand, compareCommand, workerCommand, trainCommand, priorCommand],
    ...[inspectCommand, gradCommand, methodsCommand, doctorCommand],
  ];
  for (const add of commands) add(program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError && (error.exitCode === 0 || error.code === 'commander.help')) return error.exitCode === 0 ? 0 : 2;
    const { message, exitCode } =
      error instanceof CommanderError ? { message: misuse(error), exitCode: 2 } : explain(error, { debug: program.opts().debug });
    process.stderr.write(`${message}\n`);
    // whoever reads standard output as JSON finds the failure there too
    if (args.includes('--json'))
      process.stdout.write(`${JSON.stringify({ error: { message: message.replace(/^(Unexpected e|E)rror: /, ''), exitCode } })}\n`);
    return exitCode;
  }
}

/** What commander says of wrong usage, in the form of all other messages. */
function misuse({ message }: CommanderError): string {
  return `Error: ${message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')}. See posteriori --help.`.replace(/\.\. /, '. ');
}
