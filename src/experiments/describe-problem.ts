import { type Tensor, tensor } from '../tensor/tensor.js';
import type { CtProblem } from './ct-problem.js';
import { isCt, type KnownProblem } from './known-problem.js';
import type { PhotoProblem } from './photo-problem.js';

/** A tensor for the eye: a picture, with the values of black and white where these are not -1 and 1. */
export interface Shown {
  readonly image: Tensor;
  readonly range?: readonly [black: number, white: number];
}

/** What reports, manifests and folders say of a problem. */
export interface ProblemDescription {
  readonly task: string;
  /** "CT from 25 views" */
  readonly title: string;
  /** What was measured, in a few words. */
  readonly detail: string;
  /** The measurement, where it can be looked at. */
  readonly measured?: Shown;
}

export function describeProblem(problem: KnownProblem): ProblemDescription {
  return isCt(problem) ? ofCt(problem) : ofPhoto(problem);
}

/** The classical methods that a reconstruction is usually compared with, the strongest last. */
export function baselinesOf(problem: KnownProblem): readonly string[] {
  return isCt(problem) ? ['fbp', 'tv'] : problem.setup.classical;
}

function ofCt({ operator, y }: CtProblem): ProblemDescription {
  const [views, bins] = operator.outputShape;
  return {
    task: 'ct',
    title: `CT from ${views} views`,
    detail: `${views} views of ${bins} bins`,
    measured: { image: y, range: extent(y) },
  };
}

function ofPhoto(problem: PhotoProblem): ProblemDescription {
  const { setup, y } = problem;
  const { task, title, options, image } = setup;
  const [, height, width] = image;
  const set = Object.entries(options).map(([name, value]) => `${name} ${value}`);
  const detail = [`${y.data.length} numbers of ${width} x ${height} pixels`, ...set].join(', ');
  return { task, title, detail, measured: pictureOf(problem) };
}

/** Observed pixels on grey, or a measurement that is a picture itself. */
function pictureOf({ setup, y }: PhotoProblem): Shown | undefined {
  const { mask } = setup.tensors;
  const [channels, height, width] = setup.image;
  if (mask !== undefined) {
    const image = tensor([channels, height, width]);
    let at = 0;
    for (let i = 0; i < image.data.length; i++) if (mask.data[i % (height * width)] === 1) image.data[i] = y.data[at++];
    return { image };
  }
  const [, ...shape] = y.shape;
  if (shape.length !== 3 || (shape[0] !== 1 && shape[0] !== 3)) return undefined;
  return setup.measuresLight ? { image: y } : { image: y, range: extent(y) };
}

/** Least and greatest value, never equal. */
function extent({ data }: Tensor): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high > low ? [low, high] : [low, low + 1];
}
