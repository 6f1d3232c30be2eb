import type { ParamSpec } from '../../nn/index.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import type { FirstStageConfig, UNetConfig } from '../config.js';
import { headsAt } from '../unet.js';
import type { Mapped } from './mapped.js';

/*
 * diffusers' names of what CompVis has. Attention is Linear there, with separate q, k, v, and was called otherwise before version
 * 0.14. `ours` are full names; `theirs` have the component's prefix, as in `unet.`.
 */

export interface NameOptions {
  /** What precedes every name of theirs. */
  readonly prefix: string;
  /** `query, key, value, proj_attn` instead of `to_q, to_k, to_v, to_out.0`. */
  readonly oldAttention?: boolean;
}

const residualNames: Record<string, string> = {
  'in_layers.0': 'norm1',
  'in_layers.2': 'conv1',
  'emb_layers.1': 'time_emb_proj',
  'out_layers.0': 'norm2',
  'out_layers.3': 'conv2',
  skip_connection: 'conv_shortcut',
  nin_shortcut: 'conv_shortcut',
};
const attentionNames: Record<string, string> = { norm: 'group_norm', q: 'to_q', k: 'to_k', v: 'to_v', proj_out: 'to_out.0' };
const oldAttentionNames: Record<string, string> = { ...attentionNames, q: 'query', k: 'key', v: 'value', proj_out: 'proj_attn' };

/** The UNet's parameters, `specs` being all of them under names below `ours`. */
export function mapDiffusersUNet(
  config: UNetConfig,
  specs: readonly ParamSpec[],
  options: NameOptions & { ours: string; sineFirst?: boolean },
): Mapped[] {
  const { prefix, ours, sineFirst = false, oldAttention } = options;
  return specs.map(({ name: full, shape }): Mapped => {
    const name = full.slice(ours.length + 1);
    const entry = (theirs: string, theirShape = shape) => ({ name: prefix + theirs, shape: theirShape });
    if (name === 'time_embed.0.weight' && sineFirst)
      return {
        ours: full,
        shape,
        theirs: [entry('time_embedding.linear_1.weight')],
        join: ([w]) => swapHalves(w),
        split: (w) => [swapHalves(w)],
      };
    const place = unetPlace(name, config.numResBlocks + 1);
    if (!place.includes('attentions')) return { ours: full, shape, theirs: [entry(place)] };
    const [, at, part, kind] = /^(.*)\.(\w+)\.(weight|bias)$/.exec(place)!;
    const names = oldAttention ? oldAttentionNames : attentionNames;
    const channels = part === 'qkv' ? shape[0] / 3 : shape[0];
    const theirShape = kind === 'weight' && part !== 'norm' ? [channels, channels] : [channels];
    if (part !== 'qkv') return { ours: full, shape, theirs: [entry(`${at}.${names[part]}.${kind}`, theirShape)] };
    const heads = config.attentionOrder === 'split' ? 1 : headsAt(config, channels);
    return {
      ours: full,
      shape,
      theirs: ['q', 'k', 'v'].map((one) => entry(`${at}.${names[one]}.${kind}`, theirShape)),
      join: (parts) => interleave(parts, heads, shape),
      split: (whole) => separate(whole, heads, theirShape),
    };
  });
}

/** Where diffusers has a tensor of the UNet; within an attention, CompVis' name is kept. */
function unetPlace(name: string, perLevel: number): string {
  const fixed = name
    .replace(/^time_embed\.0/, 'time_embedding.linear_1')
    .replace(/^time_embed\.2/, 'time_embedding.linear_2')
    .replace(/^input_blocks\.0\.0/, 'conv_in')
    .replace(/^out\.0/, 'conv_norm_out')
    .replace(/^out\.2/, 'conv_out')
    .replace(/^middle_block\.1/, 'mid_block.attentions.0');
  if (fixed !== name) return fixed;
  const [, side, block, slot, rest] = /^(input_blocks|output_blocks|middle_block)\.(\d+)\.(?:(\d)\.)?(.*)$/.exec(name)!;
  if (side === 'middle_block') return `mid_block.resnets.${Number(block) / 2}.${residual(rest)}`;
  const index = side === 'input_blocks' ? Number(block) - 1 : Number(block);
  const at = `${side === 'input_blocks' ? 'down' : 'up'}_blocks.${Math.floor(index / perLevel)}`;
  const within = index % perLevel;
  if (side === 'input_blocks' && within === perLevel - 1) return `${at}.downsamplers.0.${residual(rest).replace(/^op\./, 'conv.')}`;
  if (slot === '0') return `${at}.resnets.${within}.${residual(rest)}`;
  if (/^(norm|qkv|proj_out)\./.test(rest)) return `${at}.attentions.${within}.${rest}`;
  return `${at}.upsamplers.0.${residual(rest)}`;
}

/** The first stage's parameters, `specs` being all of them under names below `ours`. */
export function mapDiffusersFirstStage(
  config: FirstStageConfig,
  specs: readonly ParamSpec[],
  options: NameOptions & { ours: string },
): Mapped[] {
  const { prefix, ours, oldAttention } = options;
  const names = oldAttention ? oldAttentionNames : attentionNames;
  const last = config.chMult.length - 1;
  return specs.map(({ name: full, shape }): Mapped => {
    const place = full
      .slice(ours.length + 1)
      .replace(/\.mid\.block_(\d)/, (_, block) => `.mid_block.resnets.${block - 1}`)
      .replace(/\.mid\.attn_1/, '.mid_block.attentions.0')
      .replace(/\.down\.(\d+)/, '.down_blocks.$1')
      // ours count from the finest level, theirs in the order in which they run
      .replace(/\.up\.(\d+)/, (_, level) => `.up_blocks.${last - level}`)
      .replace(/\.block\.(\d+)/, '.resnets.$1')
      .replace(/\.attn\.(\d+)/, '.attentions.$1')
      .replace(/\.(down|up)sample\.conv/, '.$1samplers.0.conv')
      .replace('.norm_out', '.conv_norm_out')
      .replace('nin_shortcut', 'conv_shortcut')
      .replace(/(attentions\.\d+)\.(\w+)/, (_, at, part) => `${at}.${names[part]}`);
    const linear = place.includes('attentions') && shape.length === 4;
    return { ours: full, shape, theirs: [{ name: prefix + place, shape: linear ? shape.slice(0, 2) : shape }] };
  });
}

function residual(name: string): string {
  const [, part, kind] = /^(.*)\.(weight|bias)$/.exec(name)!;
  return `${residualNames[part] ?? part}.${kind}`;
}

/** q, k, v with the heads' channels one after the other to rows laid out head by head as [q | k | v]. */
function interleave(parts: readonly Tensor[], heads: number, shape: readonly number[]): Tensor {
  const whole = tensor(shape);
  const share = whole.data.length / (3 * heads);
  for (let head = 0; head < heads; head++) {
    parts.forEach(({ data }, part) => {
      whole.data.set(data.subarray(head * share, (head + 1) * share), (3 * head + part) * share);
    });
  }
  return whole;
}

function separate(whole: Tensor, heads: number, shape: readonly number[]): Tensor[] {
  const share = whole.data.length / (3 * heads);
  return [0, 1, 2].map((part) => {
    const one = tensor(shape);
    for (let head = 0; head < heads; head++) {
      const from = (3 * head + part) * share;
      one.data.set(whole.data.subarray(from, from + share), head * share);
    }
    return one;
  });
}

/** Columns [sin | cos] to [cos | sin], and back. */
function swapHalves(x: Tensor): Tensor {
  const [rows, columns] = x.shape;
  const swapped = tensor(x.shape);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) swapped.data[r * columns + ((c + columns / 2) % columns)] = x.data[r * columns + c];
  }
  return swapped;
}
