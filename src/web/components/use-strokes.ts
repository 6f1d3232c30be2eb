import { useEffect, useRef, useState } from 'preact/hooks';
import type { Tensor } from '../../tensor/tensor.js';

export interface Spot {
  readonly row: number;
  readonly column: number;
}

interface Strokes {
  /** Of the canvas, as it is pointed at. */
  readonly size: readonly [rows: number, columns: number];
  /** Where the middle of the first pixel is: 0.5 where a spot is a pixel, 0 where it is any place. */
  readonly inset: 0 | 0.5;
  /** How far an arrow key moves, and with Shift. */
  readonly steps: readonly [usual: number, fine: number];
  readonly disabled: boolean;
  /** What is drawn upon. */
  begin(): Tensor;
  /** A piece of a stroke. */
  stroke(on: Tensor, from: Spot, to: Spot): void;
  /** It is done. */
  end(drawn: Tensor): void;
  /** Draws the canvas: while a stroke is under way with what it is upon. @param at where the keys stand */
  paint(canvas: HTMLCanvasElement, on: Tensor | undefined, at: Spot | undefined): void;
}

/**
 * Drawing on a canvas by pointer or keys: arrows move, space marks.
 * @param strokes what is drawn, and how
 * @param shown on what the picture depends besides
 * @returns the canvas's reference and what it listens to
 */
export function useStrokes(strokes: Strokes, shown: readonly unknown[]) {
  const { size, inset, steps, disabled, begin, stroke, end, paint } = strokes;
  const canvas = useRef<HTMLCanvasElement>(null);
  const working = useRef<Tensor | undefined>(undefined);
  const last = useRef<Spot | undefined>(undefined);
  const [keyed, setKeyed] = useState<Spot>();
  useEffect(() => {
    if (canvas.current) paint(canvas.current, working.current, keyed);
  }, [...shown, keyed]);

  const start = () => {
    working.current = begin();
  };
  const dab = (to: Spot) => {
    if (working.current === undefined || canvas.current === null) return;
    stroke(working.current, last.current ?? to, to);
    last.current = to;
    paint(canvas.current, working.current, keyed);
  };
  const finish = () => {
    const drawn = working.current;
    working.current = undefined;
    last.current = undefined;
    if (drawn) end(drawn);
  };
  const spotOf = (event: PointerEvent): Spot => {
    const box = canvas.current!.getBoundingClientRect();
    return {
      row: ((event.clientY - box.top) / box.height) * size[0] - inset,
      column: ((event.clientX - box.left) / box.width) * size[1] - inset,
    };
  };
  const [bottom, right] = size.map((n) => n - 2 * inset);
  const onKeyDown = (event: KeyboardEvent) => {
    if (disabled) return;
    const at = keyed ?? { row: bottom / 2, column: right / 2 };
    const move = arrows[event.key];
    if (move) {
      const by = event.shiftKey ? steps[1] : steps[0];
      const within = (to: number, most: number) => Math.min(most, Math.max(0, to));
      setKeyed({ row: within(at.row + by * move[0], bottom), column: within(at.column + by * move[1], right) });
    } else if (event.key === ' ') {
      setKeyed(at);
      start();
      dab(at);
      finish();
    } else return;
    event.preventDefault();
  };
  const listeners = {
    onPointerDown: (event: PointerEvent) => {
      if (disabled) return;
      canvas.current?.setPointerCapture(event.pointerId);
      setKeyed(undefined);
      start();
      dab(spotOf(event));
    },
    onPointerMove: (event: PointerEvent) => event.buttons > 0 && dab(spotOf(event)),
    onPointerUp: finish,
    onPointerCancel: finish,
    onKeyDown,
  };
  return { canvas, listeners };
}

/** The arrow keys, as rows and columns. */
export const arrows: Readonly<Record<string, readonly [down: number, right: number] | undefined>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};
