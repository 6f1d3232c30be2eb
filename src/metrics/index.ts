export { psnr } from './psnr.js';
export { residual } from './residual.js';
export { ssim } from './ssim.js';
