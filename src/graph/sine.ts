import type { Emitter } from './emitter.js';

/** pi in three parts (Cody and Waite 1980): the first of so few bits that whole and half multiples of it are exact in float32. */
const PI = [3.140625, 9.675025939941406e-4, 1.509957990978376e-7] as const;

/** 1/(2k+1)! with its sign, the last first: what is left out of the series is below 6e-8 on [-pi/2, pi/2]. */
const SERIES = [-1 / 39916800, 1 / 362880, -1 / 5040, 1 / 120, -1 / 6, 1];

/**
 * Write the sine or cosine of angles of up to 1e5, to the accuracy of float32, by arithmetic alone. WebGPU promises its own to no better
 * than 2^-11, and beyond [-pi, pi] promises nothing (WGSL, 15.7.4), which noise levels cannot do with: their embeddings go to all of
 * a network.
 * @param x name of the angles' value
 * @returns the name of the result
 */
export function emitSine(kind: 'sin' | 'cos', x: string, emit: Emitter): string {
  const number = (value: number) => emit.floats([], [value]);
  const half = number(0.5);
  // sin(x) = (-1)^k sin(x - k pi), cos(x) = -(-1)^k sin(x - (k + 1/2) pi)
  const turns = emit.op('Mul', [x, number(1 / Math.PI)]);
  const k = emit.op('Round', [kind === 'sin' ? turns : emit.op('Sub', [turns, half])]);
  const multiple = kind === 'sin' ? k : emit.op('Add', [k, half]);
  const rest = PI.reduce((angle, part) => emit.op('Sub', [angle, emit.op('Mul', [multiple, number(part)])]), x);
  const square = emit.op('Mul', [rest, rest]);
  const series = SERIES.map(number).reduce((sum, term) => emit.op('Add', [emit.op('Mul', [sum, square]), term]));
  const odd = emit.op('Sub', [k, emit.op('Mul', [emit.op('Floor', [emit.op('Mul', [k, half])]), number(2)])]); // 0 or 1
  const [flip, base] = kind === 'sin' ? [-2, 1] : [2, -1];
  const sign = emit.op('Add', [emit.op('Mul', [odd, number(flip)]), number(base)]);
  return emit.op('Mul', [sign, emit.op('Mul', [rest, series])]);
}
