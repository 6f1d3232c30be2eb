export type { ExternalSource, OpenExternal } from './external.js';
export * from './onnx-gradient.js';
export { MAX_OPSET, MIN_OPSET, type OnnxGraph, type OnnxInput, type ReadOnnxOptions, readOnnx } from './read-onnx.js';
