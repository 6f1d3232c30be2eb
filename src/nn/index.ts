export * from './blocks.js';
export * from './layers.js';
export * from './params.js';
export * from './upsample.js';
