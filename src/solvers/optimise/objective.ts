/** Value and gradient of an objective at a point; a solver may add what it computed on the way. */
export interface Evaluation {
  readonly value: number;
  readonly gradient: ArrayLike<number>;
}

/** A function to minimise. Points are in double; the function may round them to float32. */
export type Objective<E extends Evaluation> = (x: Float64Array) => Promise<E>;

/** Where a minimiser stands; yielded after every iteration and returned at the end. */
export interface Iterate<E extends Evaluation> {
  readonly iteration: number;
  /** Evaluations of the objective so far. */
  readonly evaluations: number;
  readonly x: Float64Array;
  /** What the objective said: at x, or for Adam at the point before its last step. */
  readonly at: E;
}
