import type { Expr } from '../graph/index.js';
import { UserError } from '../tensor/errors.js';
import { formatShape, type Shape, sameShape, sizeOf, type Tensor } from '../tensor/tensor.js';
import type { Workers } from './jobs.js';

/** Where graphs run: `cpu`, `webgpu` and `cuda` in Node, `wasm` and `webgpu` in a browser. */
export type Device = 'cpu' | 'webgpu' | 'cuda' | 'wasm';

/** Name and static shape of an input or output of a compiled graph. */
export interface Port {
  readonly name: string;
  readonly shape: Shape;
}

export interface RunOptions {
  /** Stops the wait: a run not yet begun never begins; one under way ends by itself and its result is dropped. */
  readonly signal?: AbortSignal;
}

export interface CompileOptions {
  /** What the graph is called in error messages; default `graph`. */
  readonly name?: string;
}

/** A graph made ready for one device: compiled once, run many times. */
export interface Compiled {
  /** Inputs the graph was written with. Those that simplification found to be without effect need no feed. */
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /**
   * Feed the inputs, get the outputs; float32 both ways (int64 and bool outputs are converted).
   * Feeds are not kept and not changed (nor may the caller change them before the run is done); results are the caller's own. Runs of one
   * runtime follow one another in call order.
   * @throws UserError when a feed is missing, unknown or has another shape; the signal's reason (`AbortError`) when aborted.
   */
  run(feeds: Readonly<Record<string, Tensor>>, options?: RunOptions): Promise<Record<string, Tensor>>;
  /** Free the compiled graph. Waits for a run under way; a second call does nothing. */
  dispose(): Promise<void>;
}

/** Compiles graphs for one device. Everything above this room gets one passed in and never sees the engine. */
export interface Runtime {
  readonly device: Device;
  /** Threads one operation may use on the CPU. */
  readonly threads: number;
  /** Threads for loops on plain arrays, where it has some; without them `callingThread` does those. */
  readonly workers?: Workers;
  /** @throws UserError when an input is not float32; Error when the engine refuses the graph. */
  compile(outputs: Readonly<Record<string, Expr>>, options?: CompileOptions): Promise<Compiled>;
  /** Free everything compiled here. A second call does nothing. */
  dispose(): Promise<void>;
}

/**
 * Check that `feeds` holds exactly what a graph takes.
 * @param declared every input the graph was written with; feeding more than these is an error
 * @param needed names of those that must be fed
 * @throws UserError naming the input and the remedy
 */
export function checkFeeds(
  graph: string,
  declared: readonly Port[],
  needed: ReadonlySet<string>,
  feeds: Readonly<Record<string, Tensor>>,
): void {
  for (const { name, shape } of declared) {
    const feed = feeds[name];
    if (feed === undefined) {
      if (needed.has(name))
        throw new UserError(`${graph}: input "${name}" ${formatShape(shape)} was not fed; ${has(Object.keys(feeds), 'fed were')}.`);
      continue;
    }
    if (!sameShape(feed.shape, shape)) {
      throw new UserError(`${graph}: input "${name}" takes shape ${formatShape(shape)}, but was fed ${formatShape(feed.shape)}.`);
    }
    if (!(feed.data instanceof Float32Array) || feed.data.length !== sizeOf(shape)) {
      throw new UserError(`${graph}: input "${name}" ${formatShape(shape)} needs a Float32Array of ${sizeOf(shape)} values.`);
    }
  }
  const names = declared.map((port) => port.name);
  for (const name of Object.keys(feeds)) {
    if (!names.includes(name)) throw new UserError(`${graph}: there is no input "${name}"; ${has(names, 'the inputs are')}.`);
  }
}

function has(names: readonly string[], verb: string): string {
  return `${verb} ${names.length > 0 ? names.map((name) => `"${name}"`).join(', ') : 'none'}`;
}
