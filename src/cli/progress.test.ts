import { expect, test, vi } from 'vitest';
import { ProgressLine } from './progress.js';

test('the time left of what comes second counts from the end of what came first', () => {
  vi.useFakeTimers();
  try {
    const lines: string[] = [];
    const stream = { isTTY: false, write: (line: string) => lines.push(line) } as unknown as NodeJS.WriteStream;
    const progress = new ProgressLine('second', stream);
    vi.advanceTimersByTime(11_000);
    progress.update({ step: 1, steps: 1, stage: 'a' }, 'first');
    vi.advanceTimersByTime(12_000);
    progress.update({ step: 1, steps: 4, stage: 'b' });
    expect(lines).toEqual(['first: a, step 1 of 1, 0 s left\n', 'second: b, step 1 of 4, 36 s left\n']);
  } finally {
    vi.useRealTimers();
  }
});
