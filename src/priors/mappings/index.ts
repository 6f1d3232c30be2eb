export * from './checkpoint.js';
export type { Conventions } from './conventions.js';
export * from './diffusers.js';
export type { DiffusersParts } from './diffusers-components.js';
export { type WrittenDiffusers, writeDiffusers } from './diffusers-write.js';
export * from './own.js';
export type { Recognised, WeightSet } from './recognised.js';
export * from './write-as.js';
