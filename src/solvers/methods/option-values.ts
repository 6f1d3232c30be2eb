import { z } from 'zod';
import { UsageError } from '../../tensor/errors.js';

type OptionValue = string | number | boolean | null | readonly number[];

/** Values of a method's options, as a manifest holds them; null is "off". */
export type OptionValues = Readonly<Record<string, OptionValue>>;

/**
 * `base` with single options replaced. A value may be text, as the command line has it: what it means follows from the kind of the
 * value it replaces (a list of numbers is separated by commas; "none" turns an option off that may be off).
 * @param schema of the options: which of them are words
 * @param owner whose options they are, for messages
 * @throws UserError for an option that `base` does not have, or a value of another kind.
 */
export function withAssignments(
  base: OptionValues,
  set: Readonly<Record<string, unknown>>,
  schema: z.ZodObject,
  owner: string,
): OptionValues {
  const result: Record<string, OptionValue> = { ...base };
  for (const [name, value] of Object.entries(set)) {
    if (!Object.hasOwn(base, name))
      throw new UsageError(`${owner} has no option "${name}". Its options are: ${Object.keys(base).join(', ')}.`);
    const none = value === null || value === 'none';
    const mayBeOff = schema.shape[name] instanceof z.ZodNullable;
    result[name] = none && mayBeOff ? null : read(base[name], value, wordsOf(schema.shape[name]), `${owner}'s ${name}`);
  }
  return result;
}

function read(like: OptionValue, value: unknown, words: readonly string[] | undefined, name: string): OptionValue {
  if (words !== undefined) {
    if (typeof value === 'string' && words.includes(value)) return value;
    throw new UsageError(`${name} is one of ${words.join(', ')}; got "${value}".`);
  }
  if (typeof like === 'boolean') {
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    throw new UsageError(`${name} is true or false; got "${value}".`);
  }
  if (Array.isArray(like)) {
    const parts = typeof value === 'string' ? value.split(',') : value;
    if (!Array.isArray(parts) || parts.length !== like.length)
      throw new UsageError(`${name} is a list of ${like.length} numbers, as in ${like.map(short).join(',')}; got "${value}".`);
    return parts.map((part) => finite(part, name));
  }
  // an option that is off in the preset has no kind of its own: all of these are numbers
  return finite(value, name);
}

function wordsOf(schema: unknown): readonly string[] | undefined {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) return wordsOf(schema.unwrap());
  return schema instanceof z.ZodEnum ? schema.options.map(String) : undefined;
}

function finite(value: unknown, name: string): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new UsageError(`${name} is a number; got "${value}".`);
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
