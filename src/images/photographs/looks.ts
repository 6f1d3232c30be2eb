import { blend, type Colour, colourOf, near, type Substance, times } from './colours.js';
import type { Look } from './film.js';
import type { Stage } from './stage.js';
import { either, grain, patches, skewed, streaks, stripes, sum, type Texture, veins, weave, woodGrain } from './textures.js';

/** Looks of surfaces, by kind: each makes another one every time, in a given colour or one of the scene's. */
const LOOKS = { plain, mottled, rough, wooden, woven, patterned, patchy, marbled, brushed, leafy } as const;

export type LookKind = keyof typeof LOOKS;

const USUAL: readonly LookKind[] = [
  'plain',
  'plain',
  'plain',
  'mottled',
  'mottled',
  'rough',
  'rough',
  'wooden',
  'woven',
  'patterned',
  'patchy',
  'marbled',
  'brushed',
  'leafy',
];

/** A look of one of some kinds, in a colour. */
export function someLook(stage: Stage, kinds: readonly LookKind[] = USUAL, colour: Colour = stage.palette.draw()): Look {
  return LOOKS[stage.dice.pick(kinds)](stage, colour);
}

/** Painted, glazed, plastic, skin, paper: hardly any texture, perhaps a highlight. */
function plain({ dice, fields }: Stage, base: Colour): Look {
  const glossy = dice.chance(0.5);
  return {
    base,
    grain: grain(fields, dice, { amplitude: dice.scale(0.008, 0.05), exponent: dice.uniform(1, 3) }),
    gloss: glossy ? dice.scale(0.05, 0.8) : 0,
    polish: 2 + dice.integer(5),
  };
}

/** Clouded over all scales: plaster, leather, old paint, earth. */
function mottled({ dice, fields }: Stage, base: Colour): Look {
  const texture = grain(fields, dice, { amplitude: dice.scale(0.06, 0.3), exponent: dice.uniform(1.2, 2.6) });
  return { base, accent: near(dice, base, 0.5), pattern: grain(fields, dice, { amplitude: 0.25, exponent: 3 }), grain: texture };
}

/** Rough on the scale of pixels: stone, concrete, sand, bark, bread, towels. */
function rough({ dice, fields }: Stage, base: Colour): Look {
  const finest = dice.integer(2);
  const texture = grain(fields, dice, {
    amplitude: dice.scale(0.12, 0.5),
    exponent: dice.uniform(0, 2),
    finest,
    coarsest: finest + 1 + dice.integer(4),
  });
  return { base, grain: dice.chance(0.5) ? skewed(texture, dice.uniform(-0.4, 0.5)) : texture };
}

/** Boards: growth rings and fine fibres one way. */
function wooden({ dice, fields, film: { unit } }: Stage, base: Colour): Look {
  const angle = dice.uniform(0, Math.PI);
  const fine = streaks(fields, dice, 30 * unit, dice.scale(0.8, 2), angle, dice.uniform(0.03, 0.15));
  return {
    base,
    accent: times(base, dice.uniform(0.3, 0.75)),
    pattern: woodGrain(fields, dice, dice.scale(3, 24) * unit, angle),
    grain: sum([1, fine], [1, grain(fields, dice, { amplitude: 0.06, exponent: 2 })]),
    gloss: dice.chance(0.4) ? dice.uniform(0.05, 0.3) : 0,
    polish: 3,
  };
}

/** Cloth, baskets, nets, knitwear. */
function woven({ dice, fields, film: { unit } }: Stage, base: Colour): Look {
  const threads = weave(dice, Math.max(1.3, dice.scale(1.4, 6) * unit), dice.uniform(0, Math.PI), 1 + dice.integer(3));
  return {
    base,
    grain: sum(
      [dice.uniform(0.1, 0.4), threads],
      [1, grain(fields, dice, { amplitude: dice.uniform(0.03, 0.15), exponent: dice.uniform(1, 3) })],
    ),
  };
}

/** Stripes, checks, plaid: cloth, wallpaper, shutters. */
function patterned({ dice, fields, palette, film: { unit } }: Stage, base: Colour): Look {
  const [period, angle, duty] = [dice.scale(4, 40) * unit, dice.uniform(0, Math.PI), dice.uniform(0.1, 0.6)];
  const along = stripes(dice, period, angle, duty);
  const across = stripes(dice, period * (dice.chance(0.6) ? 1 : dice.uniform(0.5, 2)), angle + Math.PI / 2, duty);
  const pattern = dice.pick<() => Texture>([() => along, () => either(along, across), () => sum([0.5, along], [0.5, across])])();
  return {
    base,
    accent: palette.draw(),
    pattern,
    grain: grain(fields, dice, { amplitude: dice.scale(0.02, 0.2), exponent: dice.uniform(0.5, 3) }),
  };
}

/** Two colours in patches: rust, lichen, camouflage, hides, peeling paint. */
function patchy({ dice, fields, palette }: Stage, base: Colour): Look {
  const shape = grain(fields, dice, { amplitude: 1, exponent: dice.uniform(1.8, 3.4), finest: 1 + dice.integer(2) });
  return {
    base,
    accent: dice.chance(0.5) ? palette.draw() : near(dice, base, 0.8),
    pattern: patches(shape, dice.uniform(-0.6, 1.2), dice.scale(0.1, 1)),
    grain: grain(fields, dice, { amplitude: dice.scale(0.03, 0.25), exponent: dice.uniform(0.8, 2.5) }),
  };
}

/** Veins in another shade: marble, cracked glaze, crumpled paper. */
function marbled({ dice, fields }: Stage, base: Colour): Look {
  const bent = grain(fields, dice, { amplitude: 1, exponent: dice.uniform(2.2, 3.2), finest: 1 });
  return {
    base,
    accent: near(dice, base, 0.9),
    pattern: veins(bent, dice.scale(0.08, 0.6)),
    grain: grain(fields, dice, { amplitude: dice.scale(0.03, 0.2), exponent: dice.uniform(1, 2.5) }),
    gloss: dice.chance(0.3) ? 0.2 : 0,
  };
}

/** Fine lines one way: brushed metal, bark, rain, combed hair far away, corrugated sheet. */
function brushed({ dice, fields, film: { unit } }: Stage, base: Colour): Look {
  const angle = dice.uniform(0, Math.PI);
  const width = dice.scale(0.8, 5);
  const lines = streaks(fields, dice, Math.max(2 * width, dice.scale(8, 80) * unit), width, angle, dice.scale(0.08, 0.4));
  return {
    base,
    grain: sum([1, lines], [1, grain(fields, dice, { amplitude: dice.uniform(0.02, 0.1), exponent: 2 })]),
    gloss: dice.chance(0.4) ? 0.3 : 0,
    polish: 2,
  };
}

/** Foliage too far away for single leaves: light and dark clumps, of two greens or browns. */
function leafy({ dice, fields }: Stage, base: Colour): Look {
  const clumps = grain(fields, dice, { amplitude: dice.uniform(0.3, 0.6), exponent: dice.uniform(1, 1.9), coarsest: 5 });
  return {
    base,
    accent: blend(base, colourOf(dice, 'foliage'), dice.uniform(0.3, 1)),
    pattern: patches(grain(fields, dice, { amplitude: 1, exponent: 1.6, finest: 1 }), 0, 1.5),
    grain: skewed(clumps, dice.uniform(0, 0.5)),
  };
}

/** A look in some colour of a substance. */
export function lookOf(stage: Stage, substance: Substance, kinds: readonly LookKind[]): Look {
  return someLook(stage, kinds, colourOf(stage.dice, substance));
}

/** What polished metal mirrors: dark ground, a bright window or two, the sky. */
export function surroundings(stage: Stage): Float32Array {
  const { dice } = stage;
  const values = new Float32Array(34);
  const horizon = 10 + dice.integer(14);
  const [sky, ground] = [dice.uniform(0.7, 1.6), dice.uniform(0.05, 0.4)];
  for (let k = 0; k < values.length; k++) values[k] = k < horizon ? sky * (0.5 + (0.5 * k) / horizon) : ground;
  for (let window = dice.integer(3); window > 0; window--) {
    const at = dice.integer(28);
    values.fill(dice.uniform(0.1, 3), at, at + 1 + dice.integer(5));
  }
  return values;
}
