export * from './evaluate.js';
export { constant, constantInt, type DType, type Expr, input, type Op, type Operand, topological } from './expr.js';
export * from './gradient.js';
export * from './onnx-in/index.js';
export * from './onnx-out.js';
export * from './operations.js';
export * from './simplify.js';
export * from './sparse-map.js';
export * from './substitute.js';
