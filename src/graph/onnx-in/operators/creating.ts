import { sizeOf } from '../../../tensor/tensor.js';
import { broadcastTo } from '../../layout.js';
import type { OnnxNode, Rule } from '../onnx-node.js';
import { MAX_ELEMENTS } from '../tensors.js';
import { FOLDED, isKnown, known, tabulate, toExpr, type Value } from '../values.js';

function constantRule(n: OnnxNode): Value {
  const tensor = n.tensor('value');
  if (tensor !== undefined) return n.tensorOf(tensor);
  if (n.hasAttribute('value_float')) return known('float32', [], [n.float('value_float')]);
  if (n.hasAttribute('value_int')) return known('int64', [], [n.int('value_int')]);
  const floats = n.floats('value_floats');
  if (floats !== undefined) return known('float32', [floats.length], floats);
  const ints = n.ints('value_ints');
  if (ints !== undefined) return known('int64', [ints.length], ints);
  throw new RangeError('it holds no tensor of numbers (strings and sparse tensors are not supported)');
}

function constantOfShape(n: OnnxNode): Value {
  const shape = n.wholes(0);
  if (shape.some((size) => size < 0)) throw new RangeError(`[${shape}] is no shape`);
  const proto = n.tensor('value');
  const value = proto === undefined ? known('float32', [1], [0]) : n.tensorOf(proto);
  if (value.data.length !== 1) throw new RangeError('its value must be one number');
  const size = sizeOf(shape);
  if (size > MAX_ELEMENTS) throw new RangeError(`its result would have shape [${shape}], more than ${MAX_ELEMENTS} elements`);
  if (value.dtype === 'float32' && size > FOLDED) return broadcastTo(toExpr({ ...value, shape: [] }), shape);
  n.claim(size);
  return tabulate(value.dtype, shape, () => value.data[0]);
}

function shapeRule(n: OnnxNode): Value {
  const { shape } = n.value(0);
  const part = shape.slice(n.int('start', 0), n.int('end', shape.length));
  return known('int64', [part.length], part);
}

function range(n: OnnxNode): Value {
  const { dtype } = n.known(0);
  const [start, limit, delta] = [0, 1, 2].map((i) => n.scalar(i));
  if (delta === 0) throw new RangeError('its step is 0');
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!Number.isSafeInteger(count))
    throw new RangeError(`it cannot count from ${start} to ${limit} in steps of ${delta}: too many elements`);
  n.claim(count);
  return tabulate(dtype, [count], (i) => start + i * delta);
}

function dropout(n: OnnxNode): Value {
  if (n.has(2) && !(isKnown(n.value(2)) && n.scalar(2) === 0))
    throw new RangeError('training_mode is not supported: export the model in evaluation mode, model.eval() in PyTorch');
  return n.value(0);
}

export const creating: Readonly<Record<string, Rule>> = {
  Constant: constantRule,
  ConstantOfShape: constantOfShape,
  Shape: shapeRule,
  Size: (n) => known('int64', [], [sizeOf(n.value(0).shape)]),
  Range: range,
  Dropout: dropout,
};
