import { Command, CommanderError } from 'commander';
import { versions } from '../runtime/node/index.js';
import { explain } from './errors.js';

type AddCommand = (program: Command) => void;

/** In the order of the help; each is loaded when it is called, or when all are to be told of. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  demo: async () => (await import('./commands/demo.js')).demoCommand,
  reconstruct: async () => (await import('./commands/reconstruct.js')).reconstructCommand,
  'prepare-scan': async () => (await import('./commands/prepare-scan.js')).prepareScanCommand,
  inpaint: async () => (await import('./commands/restore.js')).inpaintCommand,
  upscale: async () => (await import('./commands/restore.js')).upscaleCommand,
  deblur: async () => (await import('./commands/restore.js')).deblurCommand,
  rerun: async () => (await import('./commands/rerun.js')).rerunCommand,
  studio: async () => (await import('./commands/studio.js')).studioCommand,
  bench: async () => (await import('./commands/bench.js')).benchCommand,
  compare: async () => (await import('./commands/compare.js')).compareCommand,
  worker: async () => (await import('./commands/worker.js')).workerCommand,
  train: async () => (await import('./commands/train.js')).trainCommand,
  prior: async () => (await import('./commands/prior.js')).priorCommand,
  inspect: async () => (await import('./commands/inspect.js')).inspectCommand,
  grad: async () => (await import('./commands/grad.js')).gradCommand,
  methods: async () => (await import('./commands/methods.js')).methodsCommand,
  doctor: async () => (await import('./commands/doctor.js')).doctorCommand,
};

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
  const called = args.find((arg) => !arg.startsWith('-')) ?? '';
  const wanted = Object.hasOwn(commands, called) ? [commands[called]] : Object.values(commands);
  for (const load of wanted) (await load())(program);
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
