import { type Operator, onCanvas, type Region, restrictTo } from '../operators/index.js';
import { type AnyPrior, atSize, channelsOf, inTiles, type LatentPrior } from '../priors/index.js';
import { UserError } from '../tensor/errors.js';
import { formatShape, type Tensor, tensor } from '../tensor/tensor.js';
import { type ImagingProblem, isCt, type TaskProblem } from './problem.js';

/** How large images are treated. */
export interface PoseOptions {
  /** Side of a tile, a multiple of the prior's size multiple; `none`: the image as a whole, whatever its size. */
  readonly tile?: number | 'none';
}

/** A problem in the form that a prior can solve, and the prior in the form that solves it. */
export interface Posed {
  readonly problem: ImagingProblem;
  readonly prior: AnyPrior;
  /** Where in the image that is reconstructed the one sought lies; absent: it is the whole. */
  readonly region?: Region;
  /** What the user should know. */
  readonly notices: readonly string[];
}

/** Sides below this are made larger: a network sees little of a smaller image. */
const LEAST_SIDE = 64;
/** An image of more pixels than this is made in tiles, unless asked otherwise. */
const MOST_PIXELS = 512 * 512;
const TILE = 256;
const OVERLAP = 64;

/**
 * Bring a problem and a prior together. A picture of any size is laid on a canvas that the prior can make; one blurred by a real camera on
 * a canvas that reaches as far beyond the frame as the blur does. A large one is made in tiles. A CT must have a size that the prior can
 * make.
 * @throws UserError when they disagree on the channels or a size cannot be made.
 */
export function pose(problem: TaskProblem, prior: AnyPrior, { tile }: PoseOptions = {}): Posed {
  const [channels, height, width] = problem.operator.inputShape;
  if (channels !== channelsOf(prior)) {
    throw new UserError(
      `The image to reconstruct is ${formatShape(problem.operator.inputShape)} (channels, rows, columns), but the prior "${prior.name}" makes images of ${channelsOf(prior)} channels. Choose a prior with as many channels.`,
    );
  }
  if (prior.space !== 'latent') return posedInPixels(problem, prior);
  if (isCt(problem)) return { problem, prior: atSizeOf(prior, height, width, tile), notices: [] };

  const { sizeMultiple } = prior;
  if (sizeMultiple === undefined) return { problem, prior: atSize(prior, height, width), notices: [] };
  const { operator, top, left } = scene(problem);
  const [, rows, columns] = operator.inputShape;
  const up = (n: number) => Math.max(Math.ceil(n / sizeMultiple) * sizeMultiple, Math.ceil(LEAST_SIDE / sizeMultiple) * sizeMultiple);
  const canvas = [up(rows), up(columns)] as const;
  const fitted = atSizeOf(prior, ...canvas, tile);
  const notices =
    fitted.tiles === undefined
      ? []
      : [`The image is large (${width} x ${height}): it is made in ${fitted.tiles.latents.tiles.length} tiles that overlap.`];
  if (canvas[0] === height && canvas[1] === width) return { problem, prior: fitted, notices };
  const [above, before] = [Math.floor((canvas[0] - rows) / 2), Math.floor((canvas[1] - columns) / 2)];
  const region = { top: above + top, left: before + left, height, width };
  const widened = onCanvas(operator, canvas, { top: above, left: before, height: rows, width: columns });
  return { problem: { operator: widened, y: problem.y, sigma: problem.sigma }, prior: fitted, region, notices };
}

/** A prior on pixels takes any size: only what lies beyond the frame of a blurred picture makes the image larger. */
function posedInPixels(problem: TaskProblem, prior: Exclude<AnyPrior, LatentPrior>): Posed {
  if (isCt(problem)) return { problem, prior, notices: [] };
  const [, height, width] = problem.operator.inputShape;
  const { operator, top, left } = scene(problem);
  if (operator === problem.operator) return { problem, prior, notices: [] };
  return { problem: { operator, y: problem.y, sigma: problem.sigma }, prior, region: { top, left, height, width }, notices: [] };
}

/** The operator on all that a measurement saw, and where the picture lies in it. */
function scene({ setup, operator, frame }: TaskProblem): { operator: Operator; top: number; left: number } {
  const beyond = frame === 'open' ? setup.beyond?.() : undefined;
  if (beyond === undefined) return { operator, top: 0, left: 0 };
  const [, height, width] = operator.inputShape;
  const { top, left } = beyond;
  return { operator: restrictTo(beyond.operator, { top, left, height, width }), top, left };
}

function atSizeOf(prior: LatentPrior, height: number, width: number, tile: PoseOptions['tile']): LatentPrior {
  const asked = tile ?? (height * width > MOST_PIXELS ? TILE : 'none');
  if (asked === 'none' || (height <= asked && width <= asked)) return atSize(prior, height, width);
  return inTiles(prior, height, width, { tile: asked, overlap: Math.min(OVERLAP, asked / 2) });
}

/** The part of images `[N, C, H, W]` that lies in a region. */
export function cut(image: Tensor, { top, left, height, width }: Region): Tensor {
  const [n, channels, rows, columns] = image.shape;
  const out = tensor([n, channels, height, width]);
  for (let line = 0; line < n * channels * height; line++) {
    const [plane, i] = [Math.floor(line / height), line % height];
    const from = (plane * rows + top + i) * columns + left;
    out.data.set(image.data.subarray(from, from + width), line * width);
  }
  return out;
}
