import { UserError } from '../../tensor/errors.js';
import type { Random } from '../../tensor/random.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { develop } from './camera.js';
import { creature } from './scenes/creature.js';
import { ground } from './scenes/ground.js';
import { drapery, pelt } from './scenes/hides.js';
import { landscape } from './scenes/landscape.js';
import { leaves } from './scenes/leaves.js';
import { masonry, shelf } from './scenes/masonry.js';
import { page, surface } from './scenes/page.js';
import { stillLife } from './scenes/still-life.js';
import { type Stage, stageOf } from './stage.js';

/**
 * What a picture shows: things of every size that hide one another (`leaves`); one thing all over, such as gravel or grass (`ground`),
 * bricks or boards (`masonry`), a wall (`surface`), fur (`pelt`), cloth (`drapery`); books (`shelf`), writing (`page`), things on a table
 * (`still-life`), a face (`creature`), outdoors (`landscape`).
 */
export type SceneKind =
  | 'leaves'
  | 'ground'
  | 'masonry'
  | 'surface'
  | 'pelt'
  | 'drapery'
  | 'shelf'
  | 'page'
  | 'still-life'
  | 'creature'
  | 'landscape';

/** How often each kind comes when none is asked for, and its painter. */
const SCENES: Record<SceneKind, { share: number; paint: (stage: Stage) => void }> = {
  leaves: { share: 0.2, paint: leaves },
  ground: { share: 0.22, paint: ground },
  masonry: { share: 0.08, paint: masonry },
  surface: { share: 0.06, paint: surface },
  pelt: { share: 0.05, paint: pelt },
  drapery: { share: 0.03, paint: drapery },
  shelf: { share: 0.03, paint: shelf },
  page: { share: 0.04, paint: page },
  'still-life': { share: 0.11, paint: stillLife },
  creature: { share: 0.08, paint: creature },
  landscape: { share: 0.1, paint: landscape },
};

/** The names of {@link SceneKind}. */
export const SCENE_KINDS = Object.keys(SCENES) as SceneKind[];

/** Side of the picture in pixels (32 or more, default 256); one kind instead of the usual mixture. */
export interface PhotographOptions {
  size?: number;
  kind?: SceneKind;
}

/**
 * A random picture with the statistics of photographs, never the same twice: surfaces of many materials and forms under one light, hidden
 * by one another, near and far, as a camera would have taken them. One in eight is black and white.
 *
 * @returns `[3, size, size]` in [-1, 1], sRGB: black -1, white +1. The same state of `random` gives the same bits.
 * @throws UserError for an unknown kind or a size that is no whole number of 32 or more.
 */
export function photograph(random: Random, options: PhotographOptions = {}): Tensor {
  const { size = 256, kind = pickKind(random) } = options;
  if (!Number.isInteger(size) || size < 32) throw new UserError(`a photograph's size is a whole number of pixels, 32 or more, not ${size}`);
  if (!Object.hasOwn(SCENES, kind)) throw new UserError(`unknown kind of scene '${kind}'; there are ${SCENE_KINDS.join(', ')}`);
  const stage = stageOf(random, size);
  SCENES[kind].paint(stage);
  develop(stage.film, random);
  const out = tensor([3, size, size]);
  stage.film.planes.forEach((plane, c) => {
    out.data.set(plane, c * size * size);
  });
  return out;
}

function pickKind(random: Random): SceneKind {
  let left = random.uniform();
  for (const kind of SCENE_KINDS) {
    if (left < SCENES[kind].share) return kind;
    left -= SCENES[kind].share;
  }
  return 'leaves';
}
