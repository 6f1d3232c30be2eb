import { signal } from '@preact/signals';
import type { Job, Loading, Place, Result, Solving, StepNews } from '../backend/backend.js';

export type RunState = 'waiting' | 'running' | 'paused' | 'done' | 'stopped' | 'failed';

/** A reconstruction of what was measured, from its start. It is replaced, never changed. */
export interface Run {
  readonly id: number;
  readonly method: string;
  readonly title: string;
  readonly solving: Solving;
  readonly where: Place;
  readonly state: RunState;
  /** Without their images. */
  readonly steps: readonly Omit<StepNews, 'estimate'>[];
  /** The images on the way, thinned out to so many as memory bears. */
  readonly frames: readonly StepNews[];
  readonly loading?: Loading;
  /** In the server's queue. */
  readonly queued?: number;
  /** Whether the line to the server is broken. */
  readonly lost?: boolean;
  readonly notices: readonly string[];
  readonly result?: Result;
  readonly complaint?: string;
}

export const runs = signal<readonly Run[]>([]);
/** Of which run, and which of its frames, the trajectory shows; undefined: each run's last image. */
export const looking = signal<{ readonly run: number; readonly frame: number } | undefined>(undefined);

export const jobs = new Map<number, Job>();

export function update(id: number, change: (run: Run) => Partial<Run>): void {
  runs.value = runs.value.map((run) => (run.id === id ? { ...run, ...change(run) } : run));
}

export function active(): Run | undefined {
  return runs.value.find(({ state }) => state === 'running' || state === 'paused' || state === 'waiting');
}

/** The images of a run that are kept: at most so many numbers in all, every second given up when there are more. */
const MOST_NUMBERS = 12e6;

export function withFrame(frames: readonly StepNews[], step: StepNews): readonly StepNews[] {
  if (step.estimate === undefined) return frames;
  const all = [...frames, step];
  return all.length * step.estimate.data.length > MOST_NUMBERS ? all.filter((_, i) => i % 2 === 0 || i === all.length - 1) : all;
}
