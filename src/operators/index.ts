export { angularShares, backprojectionMap, type FbpOptions, fbp } from './fbp.js';
export {
  type DefaultGeometryOptions,
  defaultGeometry,
  defaultMuMax,
  type ParallelGeometry,
  parseGeometry,
  selectViews,
  spreadViews,
} from './geometry.js';
export { gaussianNoise, photonNoise, photonSigma } from './noise.js';
export type { LinearOperator, Operator } from './operator.js';
export { type RadonOptions, radon } from './radon.js';
export { radonMap } from './radon-map.js';
export { type RampWindow, rampFilter } from './ramp-filter.js';
export { type SparseOperatorOptions, sparseOperator } from './sparse-operator.js';
