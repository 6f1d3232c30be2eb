export { angularRange, angularShares } from './angular-shares.js';
export { onCanvas, type Region, regionOf, restrictTo } from './canvas.js';
export { selectViews, spreadViews } from './choose-views.js';
export { type FbpOptions, fbp } from './fbp.js';
export { type GaussianBlurOptions, gaussianBlur, gaussianTaps } from './gaussian-blur.js';
export {
  defaultMuMax,
  type FanBeam,
  fanAngle,
  type ParallelBeam,
  parseGeometry,
  rayOffset,
  type ScanGeometry,
  // its name from before there were fans
  type ScanGeometry as ParallelGeometry,
} from './geometry.js';
export { type ImageShape, imageShape } from './image-shape.js';
export { boxMask, inpainting, type MaskLike, parseMask, randomMask } from './inpainting.js';
export { kernelBlur, parseKernel } from './kernel-blur.js';
export type { LinearMap } from './linear-map.js';
export { type GraphOperatorOptions, graphOperator, type LinearOperatorOptions, linearOperator } from './linear-operator.js';
export {
  type DefaultGeometryOptions,
  defaultGeometry,
  type FanGeometryOptions,
  fanGeometry,
  type LimitedGeometryOptions,
  limitedGeometry,
} from './make-geometry.js';
export { type MassCourse, massCourse } from './mass-course.js';
export { measure } from './measure.js';
export { type MotionKernelOptions, motionKernel } from './motion-kernel.js';
export { type LineMaskOptions, lineMask, linePatterns, mri } from './mri.js';
export { gaussianNoise, photonNoise, photonSigma, shotNoise, shotSigma } from './noise.js';
export { type NonlinearBlurOptions, nonlinearBlur } from './nonlinear-blur.js';
export { type DirectForm, isLinear, type LinearOperator, type Operator } from './operator.js';
export { type PhaseRetrievalOptions, phaseRetrieval } from './phase-retrieval.js';
export { denoising, highDynamicRange } from './pointwise.js';
export { isRadon, type RadonOperator, type RadonOptions, radon } from './radon.js';
export { radonMap } from './radon-map.js';
export { filterPair, type RampFilterOptions, type RampWindow, type RowFilter, rampFilter } from './ramp-filter.js';
export { type SeparableOptions, separableOperator } from './separable.js';
export { sinogramWarnings } from './sinogram-checks.js';
export { type SparseOperatorOptions, sparseOperator } from './sparse-operator.js';
export { type PseudoInverseOptions, pseudoInverse, type SpectralForm, solveNormal, spectralOf } from './spectral.js';
export { averagePooling, bicubicDownsampling } from './super-resolution.js';
export { type Svd, svd } from './svd.js';
export { continueViews, percentile, type Truncation, truncationOf, widenDetector } from './truncation.js';
export { parkerWeight, shortSide, sideShare, viewWeights } from './view-weights.js';
