export { haarPsi } from './haar-psi.js';
export { type Tissue, type TissueErrors, tissueErrors, tissues } from './hu-error.js';
export { compileLpips, type Lpips } from './lpips.js';
export { type LpipsNet, lpipsByDepth, lpipsNets, lpipsSide, lpipsSpecs } from './lpips-network.js';
export { type LpipsOptions, type LpipsWeights, readLpips } from './lpips-weights.js';
export { msSsim, msSsimSide } from './ms-ssim.js';
export { psnr } from './psnr.js';
export { residual } from './residual.js';
export { ssim } from './ssim.js';
