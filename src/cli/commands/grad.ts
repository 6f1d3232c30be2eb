import { type Command, InvalidArgumentError, Option } from 'commander';
import { onnxGradient, type Port, toOnnx } from '../../graph/index.js';
import { guardFile } from '../../io/node/guard.js';
import { readOnnxFile, writeAtomically } from '../../io/node/index.js';
import { UsageError, UserError } from '../../tensor/errors.js';
import { formatShape, type Shape } from '../../tensor/tensor.js';
import { jsonFlag } from '../flags.js';

interface Flags {
  readonly wrt: readonly string[];
  readonly of?: string;
  readonly shape: Readonly<Record<string, Shape>>;
  readonly sum?: boolean;
  readonly out: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `posteriori grad`: an ONNX model that computes the gradient of an ONNX model. */
export function gradCommand(program: Command): void {
  const command = program
    .command('grad')
    .description('write an ONNX model that computes the gradient of an ONNX model, for any engine')
    .argument('<model>', 'ONNX file, operator sets 11 to 21')
    .addOption(
      new Option('--wrt <name>', 'input, or weight, to differentiate with respect to; may be repeated')
        .argParser((name: string, sofar: readonly string[] = []) => [...sofar, name])
        .makeOptionMandatory(),
    )
    .option('--of <name>', 'output to differentiate (default: the only one)')
    .option('--sum', 'differentiate the sum of the output\'s elements; otherwise a further input "d NAME" takes the upstream gradient')
    .addOption(
      new Option('--shape <name=sizes>', 'shape of an input that the file leaves open, as in x=1,3,64,64; may be repeated')
        .argParser(shapeOf)
        .default({}, 'a leading symbolic axis is 1'),
    )
    .requiredOption('--out <file>', 'the ONNX file to write')
    .option('--force', 'replace a file that is there');
  jsonFlag(command).action(async (path: string, flags: Flags) => {
    await guardFile(flags.out, { inputs: [path], force: flags.force });
    const model = await readOnnxFile(path, { shapes: flags.shape, parameters: flags.wrt });
    const of = flags.of ?? onlyOutput(path, Object.keys(model.outputs));
    const { outputs } = onnxGradient(model, { wrt: flags.wrt, of, sum: flags.sum });
    const written = toOnnx(outputs, { name: `gradient of ${of}`, standard: true });
    if (written.bytes.length >= 2 ** 31)
      throw new UserError(
        `The gradient of ${path} would take ${(written.bytes.length / 2 ** 30).toFixed(1)} GiB; an ONNX file ends at 2 GiB.`,
      );
    await writeAtomically(flags.out, written.bytes);
    const result = { out: flags.out, bytes: written.bytes.length, inputs: written.inputs, outputs: written.outputs };
    process.stdout.write(
      flags.json ? `${JSON.stringify(result)}\n` : `${flags.out} takes ${list(written.inputs)} and gives ${list(written.outputs)}.\n`,
    );
  });
}

/** Collects `--shape name=1,3,64,64`. Names may hold an equals sign, sizes do not. */
function shapeOf(text: string, sofar: Readonly<Record<string, Shape>>): Record<string, Shape> {
  const at = text.lastIndexOf('=');
  const sizes = text.slice(at + 1).split(',');
  if (at < 1 || !sizes.every((size) => /^\s*\d+\s*$/.test(size)))
    throw new InvalidArgumentError('It must be name=sizes, as in --shape x=1,3,64,64.');
  return { ...sofar, [text.slice(0, at)]: sizes.map(Number) };
}

function onlyOutput(path: string, names: readonly string[]): string {
  if (names.length === 1) return names[0];
  throw new UsageError(`${path} has ${names.length} outputs, ${names.map((name) => `"${name}"`).join(', ')}: name one of them with --of.`);
}

function list(ports: readonly Port[]): string {
  return ports.length === 0 ? 'nothing' : ports.map(({ name, shape }) => `"${name}" ${formatShape(shape)}`).join(', ');
}
