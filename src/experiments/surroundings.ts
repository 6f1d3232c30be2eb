import { type Region, truncationOf, widenDetector } from '../operators/index.js';
import { UserError } from '../tensor/errors.js';
import { isCt, type TaskProblem } from './problem.js';
import { ctSetup } from './tasks/index.js';

/** A problem with more of the world in its image than is sought. */
export interface Scene {
  readonly problem: TaskProblem;
  /** Where in the image that is reconstructed the one sought lies; absent: it is the whole. */
  readonly region?: Region;
  /** What the user should know. */
  readonly notice?: string;
}

/** The image grows by so many pixels at a time, so that its side stays a multiple of what a prior needs. */
const GROWTH = 16;

/**
 * A scan of an object that reaches beyond the image, on an image that has room for it: what lies outside adds to the line integrals, and
 * squeezed into the image it makes a bright border and wrong attenuations everywhere. The image grows to twice its side at most, and not
 * at all where the truth is known, whose measurement saw the image alone.
 */
export function withSurroundings(problem: TaskProblem): Scene {
  if (!isCt(problem) || problem.truth !== undefined) return { problem };
  const { operator, y, sigma, frame } = problem;
  const { geometry } = operator;
  const { detector, image, reach } = truncationOf(y, geometry, sigma);
  if (!detector && !image) return { problem };
  const [height, width] = geometry.size;
  const needed = reach / geometry.pixelSize - Math.min(height, width) / 2;
  const by = Math.floor(Math.min(Math.ceil(needed / GROWTH) * GROWTH, Math.min(height, width) / 2) / GROWTH) * GROWTH;
  if (by <= 0) return { problem };
  try {
    const setup = ctSetup(widenDetector(geometry, by), problem.setup.recipe.task);
    const wide = { setup, operator: setup.operator, scale: setup.scale, y, sigma, frame };
    return { problem: wide, region: { top: by, left: by, height, width } };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {
      problem,
      notice: 'An image with room for the whole object cannot be made: what lies outside is not made, and its shadow falls on the image.',
    };
  }
}
