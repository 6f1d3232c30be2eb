/** Where a checkpoint keeps its two models; latent diffusion's names (CompVis), used for every kind of prior. */
export const FIRST_STAGE_PREFIX = 'first_stage_model';
export const UNET_PREFIX = 'model.diffusion_model';
/** Of a denoiser of ours, which no other program has. */
export const DENOISER_PREFIX = 'denoiser';
