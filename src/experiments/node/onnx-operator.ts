import { resolve } from 'node:path';
import { substitute } from '../../graph/index.js';
import { hashFiles } from '../../io/node/hash-files.js';
import { readOnnxFile } from '../../io/node/index.js';
import { graphOperator, imageShape } from '../../operators/index.js';
import { UserError } from '../../tensor/errors.js';
import { formatShape } from '../../tensor/tensor.js';
import { pictureOf, type Setup } from '../tasks/task.js';

/**
 * A forward operator out of an ONNX file: one input, the image `[1, C, H, W]` in [-1, 1], and one output `[1, ...]`, what is measured. It
 * is taken not to be linear.
 * @param image channels, rows and columns where the file leaves them open
 * @throws UserError when the file cannot be read, or has other inputs and outputs.
 */
export async function onnxSetup(path: string, image: readonly [channels: number, height: number, width: number]): Promise<Setup> {
  const model = await readOnnxFile(path, { openAxis: (axis, rank) => (rank === 4 ? image[axis - 1] : undefined) });
  const outputs = Object.values(model.outputs);
  const [input] = model.inputs;
  const wrong = (what: string) =>
    new UserError(`${path} ${what}. An operator takes one image [1,C,H,W] in [-1, 1] and gives one measurement [1,...].`);
  if (model.inputs.length !== 1 || outputs.length !== 1) throw wrong(`has ${model.inputs.length} inputs and ${outputs.length} outputs`);
  const [output] = outputs;
  if (input.shape.length !== 4 || input.shape[0] !== 1 || input.dtype !== 'float32')
    throw wrong(`takes ${input.dtype} ${formatShape(input.shape)}`);
  if (output.shape.length < 2 || output.shape[0] !== 1 || output.dtype !== 'float32')
    throw wrong(`gives ${output.dtype} ${formatShape(output.shape)}`);
  const shape = imageShape(input.shape.slice(1));
  return {
    recipe: { task: 'operator', image: shape, options: {}, tensors: {} },
    title: 'the operator of a file',
    notices: [],
    classical: [],
    model: { path: resolve(path), sha256: await hashFiles([path]) },
    operator: graphOperator(`the operator in ${path}`, {
      inputShape: shape,
      outputShape: output.shape.slice(1),
      apply: (x) => substitute(output, new Map([[input.expr, x]])),
    }),
    expectation: `operator of an image of ${shape[1]} x ${shape[2]} makes`,
    broken: (y, entry) => `${y.data[entry]} at entry ${entry}. Replace it.`,
    detail: (y) => `${y.data.length} numbers of ${shape[2]} x ${shape[1]} pixels`,
    shown: (y) => pictureOf(y, false),
  };
}
