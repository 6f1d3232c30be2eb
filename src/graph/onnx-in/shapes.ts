import type { TypeProto, ValueInfoProto } from 'onnx-buf';
import { UsageError, UserError } from '../../tensor/errors.js';
import { formatShape, type Shape, sizeOf } from '../../tensor/tensor.js';
import type { DType } from '../expr.js';
import { elementType, MAX_ELEMENTS } from './tensors.js';

/** An input of a model, its shape settled. */
export interface StaticInput {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** The size of an axis that a file leaves open, in an input of so many axes. */
export type OpenAxis = (axis: number, rank: number) => number | undefined;

/** A size as the file states it: a number, a name, or nothing. */
type Dimension = number | string | undefined;

/**
 * Static shapes of a model's inputs. Given shapes come first; a named size given for one input holds for all;
 * a symbolic leading axis, the batch, is 1 when nothing says otherwise.
 * @param open the size of an axis that nothing else says, where the caller knows one
 * @throws UserError for a shape that is missing, contradictory or impossible
 */
export function staticInputs(
  inputs: readonly ValueInfoProto[],
  shapes: Readonly<Record<string, Shape>>,
  what: string,
  open?: OpenAxis,
): StaticInput[] {
  for (const name of Object.keys(shapes)) {
    if (!inputs.some((i) => i.name === name))
      throw new UsageError(`${what} has no input "${name}" to give a shape; its inputs are ${list(inputs.map((i) => i.name))}.`);
  }
  const declared = inputs.map((info) => ({ name: info.name, ...declaration(info, what) }));
  const named = new Map<string, number>();
  for (const { name, dimensions } of declared) {
    if (!Object.hasOwn(shapes, name)) continue;
    const given = shapes[name];
    const fits =
      dimensions === undefined ||
      (dimensions.length === given.length && dimensions.every((d, i) => typeof d !== 'number' || d === given[i]));
    if (!fits) throw new UsageError(`${what}: the input "${name}" has shape ${format(dimensions!)}, but ${formatShape(given)} was given.`);
    dimensions?.forEach((d, i) => {
      if (typeof d !== 'string') return;
      const other = named.get(d) ?? given[i];
      if (other !== given[i])
        throw new UsageError(`${what}: the size "${d}" was given as ${other} and as ${given[i]}. Give one shape that fits all inputs.`);
      named.set(d, other);
    });
  }
  return declared.map(({ name, dtype, dimensions }) => {
    const shape = Object.hasOwn(shapes, name) ? shapes[name] : settle(name, dimensions, named, what, open);
    if (!shape.every((n) => Number.isSafeInteger(n) && n >= 1) || sizeOf(shape) > MAX_ELEMENTS)
      throw new UserError(
        `${what}: the input "${name}" cannot have shape ${formatShape(shape)}: sizes are whole numbers of at least 1, together at most 2^31.`,
      );
    return { name, shape: [...shape], dtype };
  });
}

function settle(
  name: string,
  dimensions: readonly Dimension[] | undefined,
  named: ReadonlyMap<string, number>,
  what: string,
  open?: OpenAxis,
): Shape {
  const remedy = `Give its shape: shapes: { ${JSON.stringify(name)}: [...] }, or --shape ${name}=... on the command line.`;
  if (dimensions === undefined) throw new UserError(`${what} does not say how many axes its input "${name}" has. ${remedy}`);
  return dimensions.map((d, i) => {
    const n = typeof d === 'number' ? d : d === undefined ? undefined : named.get(d);
    if (n !== undefined) return n;
    if (i === 0) return 1;
    const chosen = open?.(i, dimensions.length);
    if (chosen !== undefined) return chosen;
    throw new UserError(`${what}: the input "${name}" has shape ${format(dimensions)}, and the size of axis ${i} is not known. ${remedy}`);
  });
}

function declaration({ name, type }: ValueInfoProto, what: string): { dtype: DType; dimensions: readonly Dimension[] | undefined } {
  const tensor = tensorType(type);
  if (tensor === undefined)
    throw new UserError(`${what}: the input "${name}" is no tensor. Models of sequences, maps and optional values are not supported.`);
  const { dtype } = elementType(tensor.elemType, `${what}: the input "${name}"`);
  const dimensions = tensor.shape?.dim.map(({ value }): Dimension => {
    if (value.case === 'dimValue' && value.value > 0n) return Number(value.value);
    return value.case === 'dimParam' && value.value !== '' ? value.value : undefined;
  });
  return { dtype, dimensions };
}

function tensorType(type: TypeProto | undefined) {
  return type?.value.case === 'tensorType' ? type.value.value : undefined;
}

function format(dimensions: readonly Dimension[]): string {
  return `[${dimensions.map((d) => d ?? '?').join(',')}]`;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', ');
}
