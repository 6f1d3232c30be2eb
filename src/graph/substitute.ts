import { type GradientRule, withGradientOp } from './custom-gradient.js';
import { type Expr, node, topological } from './expr.js';

/**
 * A graph with some of its expressions replaced by others, as a function is applied to arguments.
 * @param replaced what to put in place of which; each of the same shape and type, and none made of what is replaced
 * @throws RangeError when shapes or types differ.
 */
export function substitute(y: Expr, replaced: ReadonlyMap<Expr, Expr>): Expr {
  for (const [before, after] of replaced) {
    if (before.shape.join() !== after.shape.join() || before.dtype !== after.dtype)
      throw new RangeError(`[${after.shape}] ${after.dtype} cannot take the place of [${before.shape}] ${before.dtype}`);
  }
  const made = new Map(replaced);
  for (const old of topological([y])) {
    if (made.has(old)) continue;
    const inputs = old.inputs.map((x) => made.get(x)!);
    const changed = inputs.some((x, i) => x !== old.inputs[i]);
    made.set(
      old,
      changed ? node(old.op, inputs, old.op === withGradientOp ? ruleWithin(old, replaced) : old.attrs, old.shape, old.dtype) : old,
    );
  }
  return made.get(y)!;
}

/** A gradient rule speaks of the expressions that it was written with: what it gives is substituted likewise. */
function ruleWithin({ attrs }: Expr<{ rule: GradientRule }>, replaced: ReadonlyMap<Expr, Expr>): { rule: GradientRule } {
  return { rule: (g, wanted) => attrs.rule(g, wanted).map((part) => part && substitute(part, replaced)) };
}
