/**
 * Configurations of the real architectures in the least size that still has all their parts: two levels, one block each. What a test
 * needs otherwise it says beside: `{ ...tinyFirstStage, embedDim: 3 }`.
 */
export const tinyFirstStage = {
  kind: 'vq' as const,
  inChannels: 1,
  outChannels: 1,
  ch: 4,
  chMult: [1, 2] as [number, ...number[]],
  numResBlocks: 1,
  zChannels: 2,
  embedDim: 2,
  nEmbed: 8,
  resolution: 16,
  normGroups: 2,
};

export const tinyUNet = {
  inChannels: 2,
  outChannels: 2,
  modelChannels: 4,
  channelMult: [1, 2] as [number, ...number[]],
  numResBlocks: 1,
  attentionResolutions: [2],
  headChannels: 4,
  imageSize: 8,
  normGroups: 2,
};
