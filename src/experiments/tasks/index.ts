import { UsageError } from '../../tensor/errors.js';
import type { Random } from '../../tensor/random.js';
import { blurTasks } from './blur.js';
import { ctSetup, ctTask } from './ct.js';
import { ctFanTask } from './ct-fan.js';
import { ctLimitedTask } from './ct-limited.js';
import { fourierTasks } from './fourier.js';
import { inpaintingTasks } from './inpainting.js';
import { pointwiseTasks } from './pointwise.js';
import { superResolutionTasks } from './super-resolution.js';
import type { Recipe, ScanSetting, Setup, Task } from './task.js';

export type { Counting, PartName, Parts, Recipe, ScanSetting, Setup, Task } from './task.js';
export { ctSetup };

/** Every task there is; a new one is its file and its line here. */
export const tasks: readonly Task[] = [
  ctTask,
  ctFanTask,
  ctLimitedTask,
  ...inpaintingTasks,
  ...superResolutionTasks,
  ...blurTasks,
  ...pointwiseTasks,
  ...fourierTasks,
];

/** @throws UsageError listing the tasks there are. */
export function findTask(name: string): Task {
  const found = tasks.find((known) => known.name === name);
  if (found === undefined)
    throw new UsageError(`There is no task "${name}". The tasks are: ${tasks.map((known) => known.name).join(', ')}.`);
  return found;
}

/** The operator of a recipe; see `Task.setUp`. @throws UserError for an unknown task, and as that does. */
export function setUp(recipe: Recipe, random?: Random): Setup {
  return findTask(recipe.task).setUp(recipe, random);
}

/**
 * The scanner of a task of CT.
 * @throws UserError for a task that is none, for options it does not have, and for a geometry that cannot be.
 */
export function scannerOf(task: string, setting: ScanSetting, options?: Readonly<Record<string, unknown>>): Setup {
  const { scan, title } = findTask(task);
  if (scan === undefined) throw new UsageError(`${task} (${title}) is no task of CT. Leave angles and field of view out.`);
  return ctSetup(scan(setting, options), task);
}
