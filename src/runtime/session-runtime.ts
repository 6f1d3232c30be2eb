import { add, type Expr, input, toOnnx, topological } from '../graph/index.js';
import { UserError } from '../tensor/errors.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import type { Workers } from './jobs.js';
import { type Compiled, type CompileOptions, checkFeeds, type Device, type Port, type RunOptions, type Runtime } from './runtime.js';
import { messageOf, type Session, type SessionHost } from './session.js';

/** A runtime over any engine: graph to ONNX, checks, order, cancellation and clean-up, once for all devices. */
export class SessionRuntime implements Runtime {
  // Engines do not take two calls at once (a browser's WebGPU session refuses, a worker would only queue them unseen).
  private readonly turns = new Turns();
  private readonly open = new Set<Compiled>();
  private disposed = false;

  constructor(
    private readonly host: SessionHost,
    readonly device: Device,
    readonly threads: number,
    readonly workers?: Workers & { dispose(): Promise<void> },
  ) {}

  async compile(outputs: Readonly<Record<string, Expr>>, { name = 'graph' }: CompileOptions = {}): Promise<Compiled> {
    if (this.disposed) throw new Error(`${name}: the runtime has been disposed`);
    const inputs = declaredInputs(name, outputs);
    const { session, needed } = await this.load(name, outputs);
    let closed = false;
    const compiled: Compiled = {
      inputs,
      outputs: Object.entries(outputs).map(([port, expr]) => ({ name: port, shape: expr.shape })),
      run: async (feeds: Readonly<Record<string, Tensor>>, { signal }: RunOptions = {}) => {
        signal?.throwIfAborted();
        if (closed) throw new Error(`${name}: run after dispose`);
        checkFeeds(name, inputs, needed, feeds);
        const used = Object.fromEntries(Object.entries(feeds).filter(([port]) => needed.has(port)));
        return this.turns.take(async () => {
          if (closed) throw new Error(`${name}: disposed before its turn came`);
          return session.run(used);
        }, signal);
      },
      dispose: async () => {
        if (closed) return;
        closed = true;
        this.open.delete(compiled);
        await this.turns.take(() => session.close());
      },
    };
    this.open.add(compiled);
    return compiled;
  }

  /** A method of its own so that the functions `compile` returns do not keep the ONNX bytes, weights and all, alive. */
  private async load(name: string, outputs: Readonly<Record<string, Expr>>): Promise<{ session: Session; needed: ReadonlySet<string> }> {
    const { bytes, external, inputs } = toOnnx(outputs, { name, externalFrom: 2 ** 20, webgpu: this.device === 'webgpu' });
    try {
      return {
        session: await this.turns.take(() => this.host.open({ bytes, external })),
        needed: new Set(inputs.map((port) => port.name)),
      };
    } catch (error) {
      throw new Error(`${name}: the ${this.device} engine could not load the graph: ${messageOf(error)}`, { cause: error });
    }
  }

  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    for (const compiled of [...this.open]) await compiled.dispose();
    await this.workers?.dispose();
    await this.turns.take(() => this.host.close());
  }
}

/** Run `1 + 1` on the device, since an engine often accepts a device that then fails at the first kernel. */
export async function tryOut(runtime: Runtime): Promise<void> {
  const trial = await runtime.compile({ y: add(input('x', [1]), 1) }, { name: 'device trial' });
  const { y } = await trial.run({ x: tensor([1], [1]) });
  await trial.dispose();
  if (y.data[0] !== 2) throw new Error(`the device computed 1 + 1 = ${y.data[0]}`);
}

/** Lets jobs in one at a time, in order. */
class Turns {
  private last: Promise<unknown> = Promise.resolve();

  /** A job whose signal fires before its turn never starts; one that has started runs on, but its caller is released. */
  take<T>(job: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const turn = this.last.then(() => {
      signal?.throwIfAborted();
      return job();
    });
    this.last = turn.then(
      () => {}, // not the result itself, which would be kept alive until the next turn
      () => {},
    );
    if (signal === undefined) return turn;
    return new Promise<T>((resolve, reject) => {
      const abort = () => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      turn.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    });
  }
}

function declaredInputs(graph: string, outputs: Readonly<Record<string, Expr>>): Port[] {
  const ports: Port[] = [];
  for (const node of topological(Object.values(outputs))) {
    if (node.op.name !== 'input') continue;
    const name: string = node.attrs.name;
    if (node.dtype !== 'float32') {
      throw new UserError(
        `${graph}: input "${name}" is ${node.dtype}, but feeds are float32; make the input float32 and convert it in the graph (toInt).`,
      );
    }
    if (!ports.some((port) => port.name === name)) ports.push({ name, shape: node.shape });
  }
  return ports;
}
