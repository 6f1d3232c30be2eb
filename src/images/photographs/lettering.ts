import type { Colour } from './colours.js';
import type { Stage } from './stage.js';

/** A letter: strokes between nodes of a grid of 3 x 5, as numbers 0 to 14. */
type Glyph = readonly (readonly [number, number])[];

/** Where writing goes: origin, width and height in pixels, direction of the lines. */
export interface Panel {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly angle?: number;
}

/** Letters of no alphabet: two to four strokes each, upright ones before slanted ones. */
function alphabet({ dice }: Stage): Glyph[] {
  return Array.from({ length: 14 }, () =>
    Array.from({ length: 2 + dice.integer(3) }, () => {
      const [column, row] = [dice.integer(3), dice.integer(5)];
      const kind = dice.integer(5);
      if (kind < 2) return [column, column + 12] as const; // a stem
      if (kind < 4) return [row * 3, row * 3 + 2] as const; // a bar
      return [dice.integer(15), dice.integer(15)] as const;
    }),
  );
}

/** Lines of words from edge to edge of a panel. `height`: of a letter, pixels. */
export function writing(stage: Stage, panel: Panel, height: number, ink: Colour, opacity = 1): void {
  const { dice, film } = stage;
  const { angle = 0 } = panel;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const glyphs = alphabet(stage);
  const width = height * dice.uniform(0.45, 0.75);
  const radius = (height * dice.uniform(0.05, 0.13)) / 2 + 0.15;
  const pitch = height * dice.uniform(1.3, 2.2);
  const ragged = dice.uniform(0, 0.4);
  for (let v = pitch - height; v + height < panel.height; v += pitch) {
    const end = panel.width * (1 - ragged * dice.uniform());
    let left = 1 + dice.integer(8);
    for (let u = 0; u + width < end; u += width * 1.3) {
      if (left-- === 0) {
        left = 1 + dice.integer(8);
        continue;
      }
      for (const [from, to] of dice.pick(glyphs)) {
        const [u0, v0] = [u + ((from % 3) / 2) * width, v + (Math.floor(from / 3) / 4) * height];
        const [u1, v1] = [u + ((to % 3) / 2) * width, v + (Math.floor(to / 3) / 4) * height];
        const [x0, y0] = [panel.x + u0 * c - v0 * s, panel.y + u0 * s + v0 * c];
        film.stroke(x0, y0, radius, panel.x + u1 * c - v1 * s, panel.y + u1 * s + v1 * c, radius, ink, ink, opacity);
      }
    }
  }
}

/** Ruled lines both ways: tables, window frames, fences, nets. */
export function gridLines(stage: Stage, panel: Panel, pitchX: number, pitchY: number, radius: number, ink: Colour): void {
  const { film } = stage;
  const { angle = 0, x, y, width, height } = panel;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const line = (u0: number, v0: number, u1: number, v1: number) =>
    film.stroke(x + u0 * c - v0 * s, y + u0 * s + v0 * c, radius, x + u1 * c - v1 * s, y + u1 * s + v1 * c, radius, ink, ink);
  for (let u = 0; u <= width; u += pitchX) line(u, 0, u, height);
  for (let v = 0; v <= height; v += pitchY) line(0, v, width, v);
}
