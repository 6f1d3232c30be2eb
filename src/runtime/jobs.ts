/**
 * Work that is done in parts, in any order, on plain data: loops that an engine of tensors has no operation for. On several threads the
 * parts share memory: arrays that are written, or large, are made by `sharedDoubles`.
 */
export interface Job<A> {
  /** `import.meta.url` of the module that exports `work` under its own name: threads load it from there. */
  readonly module: string;
  work(args: A, part: number): void;
  readonly args: A;
  readonly parts: number;
}

/** Does jobs, one after another. */
export interface Workers {
  /** How many parts are worked on at once. */
  readonly threads: number;
  run<A>(job: Job<A>): Promise<void>;
}

/** Longest time for which the calling thread hears of nothing else. */
const BREATH_MS = 100;
let lastBreath = 0;

/** Does the parts in the calling thread, which comes up for air now and then: a browser, or Node without worker threads. */
export const callingThread: Workers = {
  threads: 1,
  async run({ work, args, parts }) {
    for (let part = 0; part < parts; part++) {
      if (performance.now() - lastBreath > BREATH_MS) {
        await new Promise((resolve) => setTimeout(resolve));
        lastBreath = performance.now();
      }
      work(args, part);
    }
  },
};

/** Zeros, in memory that threads share where there is such. */
export function sharedDoubles(length: number): Float64Array {
  // a page that is not cross-origin isolated has no shared memory, and no threads to share it with
  return typeof SharedArrayBuffer === 'undefined'
    ? new Float64Array(length)
    : new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));
}
