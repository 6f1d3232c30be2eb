/*
 * The library, for Node and browsers alike. Runtimes are apart, one for each engine: `posteriori/node` and `posteriori/web`;
 * files in Node are read by `posteriori/io/node`, priors from a folder by `posteriori/priors/node`, weights of LPIPS by
 * `posteriori/metrics/node`.
 */
export * as diffusion from './diffusion/index.js';
export * as graph from './graph/index.js';
export * as io from './io/index.js';
export * as metrics from './metrics/index.js';
export * as nn from './nn/index.js';
export * as operators from './operators/index.js';
export * as priors from './priors/index.js';
export type { Compiled, Device, Runtime } from './runtime/index.js';
export * as solvers from './solvers/index.js';
export { UserError } from './tensor/errors.js';
export { Random } from './tensor/random.js';
export { type Shape, type Tensor, tensor } from './tensor/tensor.js';
