import { z } from 'zod';
import { checked, parseJson } from '../../io/checked.js';
import { parseGeometry } from '../../operators/index.js';
import { readSafetensors, writeSafetensors } from '../../priors/safetensors.js';
import { UserError } from '../../tensor/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { hashTensor } from '../hash.js';
import { type TaskProblem, takeMeasurement } from '../problem.js';
import { type Parts, type Recipe, type Setup, setUp } from '../tasks/index.js';

/*
 * A problem as bytes: the measurement, the truth, and what makes the operator again. Made once for an image, a task and a seed; every
 * method gets these bytes, on whatever machine, and their hash is the problem's name.
 */

/** Before the names of an operator's tensors. */
const PART = 'part.';

const header = z.object({ recipe: z.record(z.string(), z.unknown()), sigma: z.number() });

export function packProblem({ setup, y, truth, sigma }: TaskProblem): Uint8Array {
  const { tensors = {}, ...recipe } = setup.recipe;
  const all = new Map<string, Tensor>([['y', y], ...(truth ? ([['truth', truth]] as const) : [])]);
  for (const [name, part] of Object.entries(tensors)) all.set(`${PART}${name}`, part);
  return writeSafetensors(all, { metadata: { problem: JSON.stringify({ recipe, sigma }) } });
}

/** Reads problems, one after another; those of one operator share it, so that what was compiled for it serves all of them. */
export class ProblemReader {
  private setup: Setup | undefined;
  private key: string | undefined;

  /** @throws UserError when the bytes are no problem */
  async read(bytes: Uint8Array, name: string): Promise<TaskProblem> {
    const { tensors, metadata } = readSafetensors(bytes, { name });
    const [y, truth] = ['y', 'truth'].map((key) => tensors.get(key));
    const refuse = (what: string) => new UserError(`${name} is not a problem of a bench: ${what}. Remove it, and run the bench again.`);
    if (y === undefined || metadata.problem === undefined) throw refuse('it holds no measurement');
    const { recipe, sigma } = checked(header, parseJson(metadata.problem, name, 'Remove it, and run the bench again.'), refuse);
    const parts = [...tensors].filter(([key]) => key.startsWith(PART)).map(([key, part]) => [key.slice(PART.length), part] as const);
    const key = [JSON.stringify(recipe), ...(await Promise.all(parts.map(([, part]) => hashTensor(part))))].join();
    if (key !== this.key || this.setup === undefined) this.setup = setupOf(recipe as unknown as Recipe, parts, name);
    this.key = key;
    return takeMeasurement(y, this.setup, sigma, { truth });
  }
}

function setupOf({ geometry, ...recipe }: Recipe, parts: ReadonlyArray<readonly [string, Tensor]>, name: string): Setup {
  const tensors = parts.length > 0 ? { tensors: Object.fromEntries(parts) as Parts } : {};
  return setUp({ ...recipe, ...tensors, ...(geometry && { geometry: parseGeometry(geometry, name) }) });
}
