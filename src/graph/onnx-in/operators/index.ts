import type { Rule } from '../onnx-node.js';
import { activations } from './activations.js';
import { arithmetic } from './arithmetic.js';
import { convolutions } from './convolutions.js';
import { creating } from './creating.js';
import { einsum } from './einsum.js';
import { fourier } from './fourier.js';
import { indexing } from './indexing.js';
import { logic } from './logic.js';
import { matrices } from './matrices.js';
import { normalisations } from './normalisations.js';
import { padding } from './padding.js';
import { poolings } from './poolings.js';
import { reductions } from './reductions.js';
import { resizing } from './resizing.js';
import { shaping } from './shaping.js';

/** The meaning of every operator of the ONNX standard that is supported; `If` is resolved by the reader. */
export const rules: ReadonlyMap<string, Rule> = new Map(
  Object.entries<Rule>({
    ...arithmetic,
    ...activations,
    ...logic,
    ...convolutions,
    ...matrices,
    ...normalisations,
    ...poolings,
    ...resizing,
    ...padding,
    ...reductions,
    ...shaping,
    ...indexing,
    ...creating,
    ...fourier,
    Einsum: einsum,
  }),
);

const remedies: ReadonlyArray<readonly [names: string, remedy: string]> = [
  ['Loop Scan SequenceMap', 'loops are not supported: export the model with the loop unrolled'],
  ['Upsample', 'it was replaced by Resize in opset 10: export the model again with opset 18'],
  ['CumSum TopK Unique NonZero NonMaxSuppression RoiAlign GridSample', 'it has no gradient rule here: replace it in the model'],
  [
    'RandomNormal RandomNormalLike RandomUniform RandomUniformLike Bernoulli Multinomial',
    'a model that draws its own random numbers is not supported: make the noise an input',
  ],
  ['LSTM GRU RNN', 'recurrent layers are not supported'],
  [
    'QuantizeLinear DequantizeLinear DynamicQuantizeLinear ConvInteger MatMulInteger QLinearConv QLinearMatMul',
    'quantised models have no useful gradient: use the model in float32',
  ],
  [
    'SequenceEmpty SequenceConstruct SequenceAt SequenceInsert SequenceErase SequenceLength SplitToSequence ConcatFromSequence Optional OptionalGetElement OptionalHasElement',
    'lists and optional values are not supported: export the model with static shapes',
  ],
];

/** Why an operator is not supported and what to do, as the end of a sentence. */
export function remedyFor(operator: string, domain: string): string {
  if (domain === 'com.microsoft')
    return "the operators of com.microsoft are ONNX Runtime's own and not supported: use the model as it was before ONNX Runtime optimised it";
  if (domain !== '' && domain !== 'ai.onnx')
    return `the operators of the domain "${domain}" are not supported: export the model with operators of the ONNX standard only`;
  const found = remedies.find(([names]) => names.split(' ').includes(operator));
  return `the operator ${operator} is not supported; ${found?.[1] ?? 'replace it in the model, or export the model with another version of the operators'}`;
}
