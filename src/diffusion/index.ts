export { addNoise, stepDown } from './added-noise.js';
export { ancestralStep, posteriorVariance } from './ancestral.js';
export { ddimStep } from './ddim.js';
export { authorsTimeGrid, type TimeStep, timeGrid } from './time-grid.js';
export { tweedie, tweedieGraph } from './tweedie.js';
