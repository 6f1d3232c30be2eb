import { type Expr, node, type Op } from './expr.js';

/**
 * Gradients for each of the named inputs, given the gradient `g` of the value; `undefined` where none flows, and allowed where it is not
 * wanted.
 */
export type GradientRule = (g: Expr, wanted: readonly boolean[]) => ReadonlyArray<Expr | undefined>;

export const withGradientOp: Op<{ rule: GradientRule }> = {
  name: 'withGradient',
  gradient: (n, g, _ops, wanted) => [undefined, ...n.attrs.rule(g, wanted.slice(1))],
  evaluate: (_n, [value]) => value.data,
  onnx: (_n, inputs) => inputs[0],
};

/**
 * `value`, differentiated by `rule` in place of the chain rule through the operations that it is made of.
 * The rule may use any of those operations' results again; written in the language, it can itself be differentiated.
 * @param inputs what `value` depends on, in the order of the rule's gradients
 */
export function withGradient(value: Expr, inputs: readonly Expr[], rule: GradientRule): Expr {
  return node(withGradientOp, [value, ...inputs], { rule }, value.shape);
}
