import { UserError } from '../../tensor/errors.js';
import type { UNetConfig } from '../config.js';
import { type Conventions, countWhile, divisorOf, multipliers, type Shapes } from './conventions.js';

/**
 * The configuration of a UNet under guided-diffusion's names, from shapes alone. Attention heads leave no trace in them: they are
 * taken from `conventions`, or have `headChannels` channels (the largest power of two below that, where it does not divide). GroupNorms
 * have 32 groups, likewise.
 * @param headChannels the layout's convention
 * @throws UserError when the blocks do not make up a UNet
 */
export function inferUNet(file: string, shapes: Shapes, conventions: Conventions, headChannels: number): Omit<UNetConfig, 'imageSize'> {
  const modelChannels = shapes.of('time_embed.0.weight')[1];
  // Any tensor of a block tells that it is there, so that what is missing can be named later.
  const has = (block: string, ...parts: string[]) =>
    parts.some((part) => shapes.has(`${block}.${part}.weight`) || shapes.has(`${block}.${part}.bias`));
  const isResidual = (block: string) => has(block, 'in_layers.0', 'in_layers.2', 'out_layers.0', 'out_layers.3');
  const outputs = countWhile((k) => isResidual(`output_blocks.${k}.0`));
  // An output block that also enlarges ends a level; without a convolution to enlarge, the gap in the input blocks tells the same.
  const enlarges = (k: number) =>
    ['1', '2'].some((slot) => has(`output_blocks.${k}.${slot}`, 'conv') || isResidual(`output_blocks.${k}.${slot}`));
  const first = Array.from({ length: outputs }, (_, k) => k).find(enlarges) ?? countWhile((n) => isResidual(`input_blocks.${n + 1}.0`));
  const perLevel = first + 1;
  const levels = outputs / perLevel;
  if (first < 1 || !Number.isInteger(levels) || levels < 1) {
    throw new UserError(
      `${file} has the names of a UNet, but its ${outputs} output blocks do not make up levels of ${perLevel}. Such a model cannot be expressed here.`,
    );
  }
  const block = (level: number) => `input_blocks.${1 + level * perLevel}`;
  const widths = Array.from({ length: levels }, (_, l) => shapes.of(`${block(l)}.0.out_layers.0.weight`)[0]);
  const attention = widths.map((_, l) => has(`${block(l)}.1`, 'norm', 'qkv', 'proj_out'));
  const resblockUpdown = levels > 1 && isResidual(`input_blocks.${perLevel}.0`);
  const attended = widths.filter((_, l) => attention[l] || l === levels - 1);
  const said = conventions.numHeads ?? conventions.headChannels;
  return {
    inChannels: shapes.of('input_blocks.0.0.weight')[1],
    outChannels: shapes.of('out.2.weight')[0],
    modelChannels,
    channelMult: multipliers(file, modelChannels, widths),
    numResBlocks: first,
    attentionResolutions: attention.flatMap((has, l) => (has ? [2 ** l] : [])),
    attentionOrder: conventions.attentionOrder,
    numHeads: conventions.numHeads,
    headChannels: said === undefined ? divisorOf(attended, headChannels) : conventions.headChannels,
    scaleShiftNorm: shapes.of('input_blocks.1.0.emb_layers.1.weight')[0] === 2 * widths[0] || undefined,
    resblockUpdown: resblockUpdown || undefined,
    convResample: levels === 1 || resblockUpdown || has(`input_blocks.${perLevel}.0`, 'op') ? undefined : false,
    normGroups: divisorOf(widths, 32),
  };
}
