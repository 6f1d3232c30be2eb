import { UsageError } from '../../tensor/errors.js';
import type { Random } from '../../tensor/random.js';
import { blurTasks } from './blur.js';
import { ctTask } from './ct.js';
import { fourierTasks } from './fourier.js';
import { inpaintingTasks } from './inpainting.js';
import { pointwiseTasks } from './pointwise.js';
import { superResolutionTasks } from './super-resolution.js';
import type { Recipe, Setup, Task } from './task.js';

export { ctSetup } from './ct.js';
export type { Counting, PartName, Parts, Recipe, Setup, Task } from './task.js';

/** Every task there is; a new one is its file and its line here. */
export const tasks: readonly Task[] = [
  ctTask,
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
