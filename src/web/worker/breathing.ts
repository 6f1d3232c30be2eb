import type { Compiled, Runtime } from '../../runtime/index.js';

/** Lets a worker hear messages between runs of graphs, which would otherwise follow one another without a pause. */
export class Breath {
  private held: Promise<void> | undefined;
  private release: (() => void) | undefined;
  private last = 0;

  pause(): void {
    this.held ??= new Promise((resolve) => {
      this.release = resolve;
    });
  }

  resume(): void {
    this.release?.();
    this.held = undefined;
  }

  /** One turn of the event loop, at most every 30 ms; longer while paused. */
  async take(): Promise<void> {
    if (performance.now() - this.last < 30) return;
    await turn();
    while (this.held !== undefined) await this.held;
    this.last = performance.now();
  }
}

const { port1, port2 } = new MessageChannel();
const turns: Array<() => void> = [];
port1.onmessage = () => turns.shift()?.();

/** A turn of the event loop, without the wait that browsers add to timers. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    turns.push(resolve);
    port2.postMessage(undefined);
  });
}

/** A runtime that takes breath before every run. */
export function breathing(runtime: Runtime, breath: Breath): Runtime {
  const breathe = (compiled: Compiled): Compiled => ({
    ...compiled,
    run: async (feeds, options) => {
      await breath.take();
      options?.signal?.throwIfAborted();
      return compiled.run(feeds, options);
    },
  });
  return {
    device: runtime.device,
    threads: runtime.threads,
    compile: async (outputs, options) => {
      await breath.take();
      return breathe(await runtime.compile(outputs, options));
    },
    dispose: () => runtime.dispose(),
  };
}
