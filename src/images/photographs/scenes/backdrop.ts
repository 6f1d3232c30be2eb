import { blend } from '../colours.js';
import { someLook } from '../looks.js';
import { disc, everywhere } from '../shapes.js';
import type { Stage } from '../stage.js';

/** What lies far behind a subject: a few large soft shapes. */
export function backdrop(stage: Stage): void {
  const { film, dice, palette } = stage;
  const { size, unit } = film;
  film.paint(everywhere, someLook(stage, ['plain', 'mottled', 'leafy', 'patchy', 'patterned']));
  for (let k = dice.integer(14); k > 0; k--) {
    const [a, b] = [dice.scale(8, 90) * unit, dice.scale(8, 90) * unit];
    film.paint(
      disc(dice.uniform(0, size), dice.uniform(0, size), a, b, dice.uniform(0, 3)),
      { base: blend(palette.draw(), palette.draw(), 0.3) },
      { opacity: dice.uniform(0.4, 1) },
    );
  }
  film.defocus(dice.scale(3, 24) * unit);
}
