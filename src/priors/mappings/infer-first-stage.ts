import type { FirstStageConfig } from '../config.js';
import { countWhile, divisorOf, multipliers, type Shapes } from './conventions.js';

/**
 * The configuration of a VQ or KL first stage under CompVis' names, from shapes alone. GroupNorms have 32 groups where that divides.
 * @param resolution side of the training images, which shapes do not tell: attention is placed by it
 * @throws UserError when a tensor that would tell is not there
 */
export function inferFirstStage(file: string, shapes: Shapes, resolution: number): FirstStageConfig {
  const [ch, inChannels] = shapes.of('encoder.conv_in.weight');
  // Any tensor of a block tells that it is there, so that what is missing can be named later.
  const has = (block: string, ...parts: string[]) =>
    parts.some((part) => ['weight', 'bias'].some((kind) => shapes.has(`encoder.down.${block}.${part}.${kind}`)));
  const hasBlock = (level: number, block: number) => has(`${level}.block.${block}`, 'norm1', 'conv1', 'norm2', 'conv2');
  const levels = countWhile((l) => hasBlock(l, 0));
  const widths = Array.from({ length: levels }, (_, l) => shapes.of(`encoder.down.${l}.block.0.conv1.weight`)[0]);
  const zChannels = shapes.of('decoder.conv_in.weight')[1];
  const isKl = shapes.of('encoder.conv_out.weight')[0] === 2 * zChannels;
  return {
    kind: isKl ? 'kl' : 'vq',
    inChannels,
    outChannels: shapes.of('decoder.conv_out.weight')[0],
    ch,
    chMult: multipliers(file, ch, widths),
    numResBlocks: countWhile((b) => hasBlock(0, b)),
    zChannels,
    embedDim: shapes.of('post_quant_conv.weight')[1],
    nEmbed: isKl ? undefined : shapes.of('quantize.embedding.weight')[0],
    attnResolutions: widths.flatMap((_, l) => (has(`${l}.attn.0`, 'norm', 'q', 'k', 'v', 'proj_out') ? [resolution / 2 ** l] : [])),
    resolution,
    normGroups: divisorOf([ch, ...widths], 32),
  };
}
