import { expect } from 'vitest';

interface Tolerance {
  /** No entry is off by so much or more. */
  readonly absolute?: number;
  /** In place of that: by so much of the largest entry of what is expected, or of 1 where that is larger. */
  readonly relative?: number;
}

declare module 'vitest' {
  interface Matchers<T> {
    /** Arrays of numbers of one length, entry by entry; tells where they are furthest apart, and by how much. */
    toBeNear(expected: ArrayLike<number>, tolerance: Tolerance): T;
  }
}

expect.extend({
  toBeNear(received: ArrayLike<number>, expected: ArrayLike<number>, { absolute, relative }: Tolerance) {
    if (received.length !== expected.length)
      return { pass: false, message: () => `${received.length} numbers in place of ${expected.length}` };
    const scale = absolute === undefined ? Array.from(expected).reduce((most, v) => Math.max(most, Math.abs(v)), 1) : 1;
    const allowed = absolute ?? relative! * scale;
    let [at, worst, beyond] = [0, -1, 0];
    for (let i = 0; i < received.length; i++) {
      const off = Math.abs(received[i] - expected[i]);
      if (!(off < allowed)) beyond++;
      // NaN is further away than anything
      if (off > worst || Number.isNaN(off)) [at, worst] = [i, off];
      if (Number.isNaN(off)) break;
    }
    return {
      pass: beyond === 0,
      message: () =>
        `${beyond} of ${received.length} numbers are off by ${allowed} or more; most at ${at}: ${received[at]} in place of ${expected[at]}`,
    };
  },
});
