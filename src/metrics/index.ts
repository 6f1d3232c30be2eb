export { type Tissue, type TissueErrors, tissueErrors, tissues } from './hu-error.js';
export { psnr } from './psnr.js';
export { residual } from './residual.js';
export { ssim } from './ssim.js';
