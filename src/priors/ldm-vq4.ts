import { type LatentPriorConfig, latentPriorSchema } from './families/latent.js';

/** LDM-VQ4 of CompVis, trained on FFHQ and CelebA-HQ (Rombach et al., CVPR 2022): 274,056,163 parameters and 55,322,782. */
export const ldmVq4: LatentPriorConfig = latentPriorSchema.parse({
  name: 'ldm-vq4',
  firstStage: {
    kind: 'vq',
    inChannels: 3,
    outChannels: 3,
    ch: 128,
    chMult: [1, 2, 4],
    numResBlocks: 2,
    zChannels: 3,
    embedDim: 3,
    nEmbed: 8192,
    resolution: 256,
  },
  unet: {
    inChannels: 3,
    outChannels: 3,
    modelChannels: 224,
    channelMult: [1, 2, 3, 4],
    numResBlocks: 2,
    attentionResolutions: [2, 4, 8],
    headChannels: 32,
    imageSize: 64,
  },
});
