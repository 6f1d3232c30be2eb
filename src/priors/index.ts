export * from './analytic.js';
export * from './config.js';
export * from './first-stage.js';
export * from './latent-prior.js';
export * from './prior.js';
export * from './safetensors.js';
export * from './schedule.js';
export * from './unet.js';
