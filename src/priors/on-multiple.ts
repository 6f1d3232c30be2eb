import { type Expr, reflectPad, slice } from '../graph/index.js';

/** A network that needs sides of a certain multiple, on images of any: mirrored at the bottom and right, and cut again. */
export function onMultiple(x: Expr, multiple: number, network: (x: Expr) => Expr): Expr {
  const [, , height, width] = x.shape;
  const more = [height, width].map((side) => (multiple - (side % multiple)) % multiple);
  if (more[0] === 0 && more[1] === 0) return network(x);
  return slice(network(reflectPad(x, [0, 0, 0, 0], [0, 0, ...more])), [0, 0], [height, width], [2, 3]);
}
