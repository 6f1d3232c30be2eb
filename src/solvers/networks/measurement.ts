import { type Expr, grad, input, mul, sub, sumSquares, vjp } from '../../graph/index.js';
import { isLinear, type LinearOperator, type Operator } from '../../operators/operator.js';
import type { Compiled } from '../../runtime/index.js';
import { UsageError, UserError } from '../../tensor/errors.js';
import { formatShape, sameShape, type Tensor, tensor } from '../../tensor/tensor.js';
import type { LinearMap } from '../optimise/cgls-iterations.js';
import { type Counts, noCounts, type Problem, type SolverContext } from '../solver.js';
import { CompiledGraphs } from './compiled-graphs.js';

/** `1/2 ||A(.) - y||^2` at a point: `squares` is `||A(.) - y||^2`. */
export interface Misfit {
  readonly squares: number;
  readonly gradient: Tensor;
}

/** The measurement as a solver sees it: A, its adjoint and the data misfit as compiled functions, every call counted. */
export class Measurement {
  readonly counts: Counts = noCounts();
  readonly graphs: CompiledGraphs;
  private direct: LinearMap | undefined;

  /** @throws UserError when y does not have the operator's shape, or holds NaN or infinity, or sigma is negative. */
  constructor(
    readonly problem: Problem,
    protected readonly context: SolverContext,
  ) {
    const { operator, y, sigma } = problem;
    const expected = [1, ...operator.outputShape];
    if (!sameShape(y.shape, expected)) {
      throw new UserError(`The measurement has shape ${formatShape(y.shape)}, but ${operator.name} gives ${formatShape(expected)}.`);
    }
    if (!y.data.every(Number.isFinite))
      throw new UserError('The measurement holds values that are not finite; remove or repair them first.');
    if (!(sigma >= 0)) throw new UsageError(`The noise level sigma must be 0 or more, got ${sigma}.`);
    this.graphs = context.graphs ?? new CompiledGraphs(context.runtime);
  }

  /** m, the number of observed measurements. */
  get size(): number {
    return this.problem.y.data.length;
  }

  /** `||A x - y||^2` for an image `[1, C, H, W]`, and the difference `y - A x` itself. */
  async discrepancy(x: Tensor): Promise<{ squares: number; difference: Float64Array }> {
    const { operator, y } = this.problem;
    const prediction = isLinear(operator) ? await this.linear().forward(Float64Array.from(x.data)) : (await this.applyNonlinear(x)).data;
    const offset = isLinear(operator) ? operator.offset.data : undefined;
    const difference = Float64Array.from(y.data, (value, i) => value - prediction[i] - (offset?.[i] ?? 0));
    return { squares: sumOfSquares(difference), difference };
  }

  /** Value and gradient of the misfit in image space. */
  async misfit(x: Tensor): Promise<Misfit> {
    const { operator, y } = this.problem;
    if (isLinear(operator) && operator.direct) {
      const { squares, difference } = await this.discrepancy(x);
      const gradient = await this.linear().adjoint(difference.map((value) => -value));
      return { squares, gradient: tensor(x.shape, gradient) };
    }
    const compiled = await this.graphs.get('misfit', [operator], () => {
      const image = input('x', x.shape);
      return misfitGraph(operator, image, image);
    });
    this.counts.operator++;
    this.counts.adjoint++;
    const out = await this.run(compiled, { x, y });
    return { squares: out.squares.data[0], gradient: out.gradient };
  }

  /** The linear part of A and its adjoint, on plain vectors. @throws UserError when A is not linear. */
  linear(): LinearMap {
    const { operator } = this.problem;
    if (!isLinear(operator)) throw new UsageError(`${operator.name} is not linear: conjugate gradients need a linear operator; use Adam.`);
    if (operator.direct) {
      this.direct ??= operator.direct.on(this.context.runtime.workers);
      const { forward, adjoint } = this.direct;
      return {
        forward: (x) => {
          this.context.signal?.throwIfAborted();
          this.counts.operator++;
          return forward(x);
        },
        adjoint: (r) => {
          this.context.signal?.throwIfAborted();
          this.counts.adjoint++;
          return adjoint(r);
        },
      };
    }
    return {
      forward: async (x) => Float64Array.from(await this.linearPart(operator, x)),
      adjoint: async (r) => {
        const shape = [1, ...operator.outputShape];
        const compiled = await this.graphs.get('adjoint', [operator], () => ({ x: operator.adjoint(input('r', shape)) }));
        this.counts.adjoint++;
        return Float64Array.from((await this.run(compiled, { r: tensor(shape, r) })).x.data);
      },
    };
  }

  /** The derivative of A at an image `[1, C, H, W]` and its transpose, on plain vectors: A need not be linear. */
  linearisedAt(x: Tensor): LinearMap {
    const { operator, y } = this.problem;
    const image = input('x', x.shape);
    const r = input('r', y.shape);
    const back = (): Expr => vjp(operator.apply(image), r, [image])[0]; // J^T r
    return {
      // J d is the derivative in r of <J^T r, d>, which is linear in r: its value does not matter
      forward: async (d) => {
        const build = () => ({ y: vjp(back(), input('d', x.shape), [r])[0] });
        const compiled = await this.graphs.get('derivative', [operator], build);
        this.counts.operator++;
        return Float64Array.from((await this.run(compiled, { x, d: tensor(x.shape, d), r: tensor(y.shape) })).y.data);
      },
      adjoint: async (values) => {
        const compiled = await this.graphs.get('adjoint of the derivative', [operator], () => ({ back: back() }));
        this.counts.adjoint++;
        return Float64Array.from((await this.run(compiled, { x, r: tensor(y.shape, values) })).back.data);
      },
    };
  }

  /** Free what this compiled; graphs that came with the context stay. */
  async dispose(): Promise<void> {
    if (this.context.graphs === undefined) await this.graphs.dispose();
  }

  /** What a graph does not depend on (a derivative on its point, a denoiser on its noise level) it is not fed. */
  protected run(compiled: Compiled, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
    this.context.signal?.throwIfAborted();
    const read = Object.fromEntries(compiled.inputs.filter(({ name }) => name in feeds).map(({ name }) => [name, feeds[name]]));
    return compiled.run(read, { signal: this.context.signal });
  }

  private async linearPart(operator: LinearOperator, x: ArrayLike<number>): Promise<Float32Array> {
    const shape = [1, ...operator.inputShape];
    const compiled = await this.graphs.get('linear part', [operator], () => ({ y: operator.linearPart(input('x', shape)) }));
    this.counts.operator++;
    return (await this.run(compiled, { x: tensor(shape, x) })).y.data;
  }

  private async applyNonlinear(x: Tensor): Promise<Tensor> {
    const { operator } = this.problem;
    const compiled = await this.graphs.get('operator', [operator], () => ({ y: operator.apply(input('x', x.shape)) }));
    this.counts.operator++;
    return (await this.run(compiled, { x })).y;
  }
}

/** `squares` and the `gradient` of half of it with respect to `wrt`, for an image that depends on `wrt`; reads the input `y`. */
export function misfitGraph(operator: Operator, image: Expr, wrt: Expr): { squares: Expr; gradient: Expr } {
  const squares = sumSquares(sub(operator.apply(image), input('y', [1, ...operator.outputShape])));
  return { squares, gradient: grad(mul(squares, 0.5), [wrt])[0] };
}

export function sumOfSquares(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ** 2;
  return sum;
}
