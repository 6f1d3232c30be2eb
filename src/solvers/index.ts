export { type AdmmPnpOptions, admmPnp } from './admm-pnp.js';
export { bicubic } from './bicubic.js';
export { type CglsOptions, cgls } from './cgls.js';
export { type DapsOptions, daps } from './daps.js';
export { type DdrmOptions, ddrm } from './ddrm.js';
export { type DdsOptions, dds } from './dds.js';
export { type DiffPirOptions, diffPir } from './diffpir.js';
export { type DmpsOptions, dmps } from './dmps.js';
export { type DpsOptions, dps } from './dps.js';
export { fbp } from './fbp.js';
export { fbpUnet } from './fbp-unet.js';
export { type LatentDapsOptions, latentDaps } from './latent-daps.js';
export { type LatentDpsOptions, latentDps } from './latent-dps.js';
export { type McgOptions, mcg } from './mcg.js';
export {
  findMethod,
  type Method,
  methods,
  type OptionValues,
  resolveOptions,
  runMethod,
} from './methods/index.js';
export { CompiledGraphs } from './networks/compiled-graphs.js';
export { LatentModel } from './networks/latent-model.js';
export { Measurement } from './networks/measurement.js';
export { PixelModel } from './networks/pixel-model.js';
export { type AdamOptions, adam } from './optimise/adam.js';
export { axpy, cglsIterations, inner, type LinearMap } from './optimise/cgls-iterations.js';
export { type LbfgsOptions, lbfgs } from './optimise/lbfgs.js';
export type { Evaluation, Iterate, Objective } from './optimise/objective.js';
export { type Proximal, type ProximalOptions, proximal } from './proximal.js';
export { type PsldOptions, psld } from './psld.js';
export { type PublishedOptions, publishedOptions } from './published-options.js';
export { resample } from './resample.js';
export { resampleAsPublished } from './resample-as-published.js';
export { type ResampleOptions, type ResamplePreset, resampleOptions, resamplePresets, stageOf } from './resample-options.js';
export { resamplePixel } from './resample-pixel.js';
export { type PixelResampleOptions, pixelResampleOptions, pixelResamplePresets } from './resample-pixel-options.js';
export { type SirtOptions, sirt } from './sirt.js';
export { type Counts, finish, type Midway, noCounts, type Problem, type Reconstruction, type SolverContext, type Step } from './solver.js';
export { resampleVariance, resampleWeight, type SigmaSchedule, stochasticEncode, stochasticResample } from './stochastic-resampling.js';
export { totalVariation } from './total-variation.js';
export { type TvOptions, tv } from './tv.js';
