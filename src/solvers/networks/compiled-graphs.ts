import type { Expr } from '../../graph/index.js';
import type { Compiled, Runtime } from '../../runtime/index.js';

/**
 * Graphs compiled on first use and kept: a solver asks for them by name and by the prior or operator they belong to.
 * A solver makes its own and disposes of it, unless its context brings one to share between reconstructions.
 */
export class CompiledGraphs {
  private readonly graphs = new Map<string, Promise<Compiled>>();
  private readonly ids = new WeakMap<object, number>();
  private nextId = 0;

  constructor(private readonly runtime: Runtime) {}

  /**
   * @param owners the objects the graph was built from; the same name with the same owners is the same graph.
   * @param build makes its outputs; called only the first time.
   */
  get(name: string, owners: readonly object[], build: () => Record<string, Expr>): Promise<Compiled> {
    const key = [name, ...owners.map((owner) => this.idOf(owner))].join('/');
    let compiled = this.graphs.get(key);
    if (compiled === undefined) {
      compiled = this.runtime.compile(build(), { name });
      // A graph that failed to compile is not kept, so that a second attempt tries again.
      compiled.catch(() => this.graphs.delete(key));
      this.graphs.set(key, compiled);
    }
    return compiled;
  }

  async dispose(): Promise<void> {
    const all = await Promise.allSettled(this.graphs.values());
    this.graphs.clear();
    await Promise.all(all.map((one) => (one.status === 'fulfilled' ? one.value.dispose() : undefined)));
  }

  private idOf(owner: object): number {
    let id = this.ids.get(owner);
    if (id === undefined) {
      id = this.nextId++;
      this.ids.set(owner, id);
    }
    return id;
  }
}
