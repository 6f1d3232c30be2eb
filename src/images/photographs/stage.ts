import { Random } from '../../tensor/random.js';
import { Palette } from './colours.js';
import { Dice } from './dice.js';
import { Fields } from './fields.js';
import { Film } from './film.js';
import type { Light } from './reliefs.js';

/** All that a painter of scenes needs. */
export interface Stage {
  readonly film: Film;
  readonly dice: Dice;
  readonly fields: Fields;
  readonly palette: Palette;
}

/** An empty picture of a side in pixels, with a light from somewhere above. */
export function stageOf(random: Random, size: number): Stage {
  const dice = new Dice(random);
  return {
    dice,
    film: new Film(size, lightFrom(dice)),
    fields: new Fields(new Random(random.seed, random.bits()), size),
    palette: new Palette(dice),
  };
}

function lightFrom(dice: Dice): Light {
  const [x, y, z] = [dice.uniform(-1, 1), -dice.uniform(0.2, 1.2), dice.uniform(0.35, 1.2)];
  const length = Math.hypot(x, y, z);
  return { x: x / length, y: y / length, z: z / length, ambient: dice.uniform(0.15, 0.5) };
}
