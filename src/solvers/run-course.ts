import type { Tensor } from '../tensor/tensor.js';
import type { Measurement } from './networks/measurement.js';
import type { Reconstruction, Step } from './solver.js';

/** A step as the body of a solver tells it: what was counted is added to it. */
export type BareStep = Omit<Step, 'counts'>;

/** What a solver does with its model: yields steps, returns the image. */
export type Course = AsyncGenerator<BareStep, Tensor, void>;

/** A solver's course on its model: every step with the counts so far; what the model compiled is freed however it ends. */
export async function* runCourse<M extends Measurement>(model: M, course: (model: M) => Course): Reconstruction {
  const steps = course(model);
  try {
    for (;;) {
      const next = await steps.next();
      if (next.done) return next.value;
      yield { ...next.value, counts: { ...model.counts } };
    }
  } finally {
    await model.dispose();
  }
}

/** The last step of a course: the residual of its image is measured. */
export async function* measureLast(model: Measurement, image: Tensor, step: Pick<BareStep, 'step' | 'steps' | 't'>): Course {
  const { squares } = await model.discrepancy(image);
  yield { ...step, stage: 'done', estimate: image, residual: squares / model.size };
  return image;
}

/** A step for each progress of an optimisation. */
export async function* reportWithin<P extends Partial<BareStep>, R>(
  step: BareStep,
  progress: AsyncGenerator<P, R, void>,
): AsyncGenerator<BareStep, R, void> {
  for (;;) {
    const next = await progress.next();
    if (next.done) return next.value;
    yield { ...step, ...next.value };
  }
}
