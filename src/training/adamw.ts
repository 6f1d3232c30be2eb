import type { Tensor } from '../tensor/tensor.js';

export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** Decoupled decay, applied to matrices and kernels only: biases, norms and codes keep their size. */
  readonly weightDecay: number;
  /** Gradients are scaled down to this global norm (Pascanu et al., 2013); 0: never. */
  readonly clip: number;
}

export type Weights = Map<string, Tensor>;

/** A zero for every weight. */
export function zerosLike(weights: ReadonlyMap<string, Tensor>): Weights {
  return new Map([...weights].map(([name, { shape, data }]) => [name, { shape, data: new Float32Array(data.length) }]));
}

/**
 * One step of AdamW (Loshchilov and Hutter, 2019), in place.
 * @param step counted from 1, for the bias correction
 * @returns the norm of the gradients before clipping
 * @throws Error when a gradient is not finite, naming it: the weights are then untouched.
 */
export function adamwStep(
  weights: Weights,
  first: Weights,
  second: Weights,
  gradients: (name: string) => Float32Array,
  step: number,
  learningRate: number,
  options: AdamWOptions,
): number {
  const { beta1, beta2, eps, weightDecay, clip } = options;
  let total = 0;
  for (const name of weights.keys()) {
    let own = 0;
    for (const g of gradients(name)) own += g * g;
    if (!Number.isFinite(own)) throw new Error(`the gradient of ${name} is not finite at step ${step}`);
    total += own;
  }
  const norm = Math.sqrt(total);
  const scale = clip > 0 && norm > clip ? clip / norm : 1;
  const rate = learningRate / (1 - beta1 ** step);
  const correction = 1 / Math.sqrt(1 - beta2 ** step);
  for (const [name, { data: w, shape }] of weights) {
    const g = gradients(name);
    const m = first.get(name)!.data;
    const v = second.get(name)!.data;
    const keep = 1 - (shape.length > 1 && !name.includes('quantize') ? learningRate * weightDecay : 0);
    for (let i = 0; i < w.length; i++) {
      const gi = g[i] * scale;
      m[i] = beta1 * m[i] + (1 - beta1) * gi;
      v[i] = beta2 * v[i] + (1 - beta2) * gi * gi;
      w[i] = keep * w[i] - (rate * m[i]) / (Math.sqrt(v[i]) * correction + eps);
    }
  }
  return norm;
}

/** Exponential moving average, in place; starts fast so that the first weights are soon forgotten: min(decay, (1 + step) / (10 + step)). */
export function averageInto(average: Weights, weights: ReadonlyMap<string, Tensor>, decay: number, step: number): void {
  const d = Math.min(decay, (1 + step) / (10 + step));
  for (const [name, { data }] of average) {
    const w = weights.get(name)!.data;
    for (let i = 0; i < data.length; i++) data[i] += (1 - d) * (w[i] - data[i]);
  }
}

/** Linear warm-up, then half a cosine down to `floor` times the rate. */
export function learningRateAt(step: number, options: { rate: number; warmup: number; steps: number; floor: number }): number {
  const { rate, warmup, steps, floor } = options;
  if (step < warmup) return (rate * (step + 1)) / warmup;
  const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  return rate * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}
