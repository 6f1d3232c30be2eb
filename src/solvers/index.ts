export { type AdamOptions, adam } from './adam.js';
export { bicubic } from './bicubic.js';
export { type CglsOptions, cgls } from './cgls.js';
export { axpy, cglsIterations, inner, type LinearMap } from './cgls-iterations.js';
export { CompiledGraphs } from './compiled-graphs.js';
export { fbp } from './fbp.js';
export { LatentModel } from './latent-model.js';
export { type LbfgsOptions, lbfgs } from './lbfgs.js';
export { Measurement } from './measurement.js';
export {
  findMethod,
  type Method,
  methods,
  type OptionValues,
  resolveOptions,
  runMethod,
} from './methods/index.js';
export type { Evaluation, Iterate, Objective } from './objective.js';
export { PixelModel } from './pixel-model.js';
export { type Proximal, type ProximalOptions, proximal } from './proximal.js';
export { type PublishedOptions, publishedOptions } from './published-options.js';
export { resample } from './resample.js';
export { resampleAsPublished } from './resample-as-published.js';
export { type ResampleOptions, type ResamplePreset, resampleOptions, resamplePresets, stageOf } from './resample-options.js';
export { resamplePixel } from './resample-pixel.js';
export { type PixelResampleOptions, pixelResampleOptions, pixelResamplePresets } from './resample-pixel-options.js';
export { type Counts, finish, noCounts, type Problem, type Reconstruction, type SolverContext, type Step } from './solver.js';
export { resampleVariance, resampleWeight, type SigmaSchedule, stochasticEncode, stochasticResample } from './stochastic-resampling.js';
export { totalVariation } from './total-variation.js';
export { type TvOptions, tv } from './tv.js';
