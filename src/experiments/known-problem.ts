import type { CtProblem } from './ct-problem.js';
import type { PhotoProblem } from './photo-problem.js';

/** Every kind of problem that a manifest can hold. */
export type KnownProblem = CtProblem | PhotoProblem;

export function isCt(problem: KnownProblem): problem is CtProblem {
  return 'geometry' in problem;
}
