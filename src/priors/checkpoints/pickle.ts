import { type PickleHost, PickleMachine } from './pickle-machine.js';
import { Inert, type PickleValue } from './pickle-values.js';

/*
 * Pickles of protocols 2 to 5 (Python's pickletools.py describes every operation), read by a machine that has only these operations.
 * A pickle is a program, and Python runs what it says; here it can only build plain data. What it would import is a name, what it
 * would call is nothing, except the few functions that the host stands in for.
 */

type Operation = (m: PickleMachine) => void;

/** By the character of the operation. */
const operations: Readonly<Record<string, Operation>> = {
  // Protocol and frame. A frame is a hint for reading ahead.
  '\x80': (m) => {
    const protocol = m.byte();
    if (protocol < 2 || protocol > 5) m.broken(`pickle protocol ${protocol} is not one of 2 to 5`);
  },
  '\x95': (m) => void m.uint64(),

  // The stack and the memo.
  '(': (m) => m.mark(),
  '0': (m) => m.drop(),
  '1': (m) => void m.popMark(),
  '2': (m) => m.push(m.top()),
  q: (m) => m.memoize(m.byte()),
  r: (m) => m.memoize(m.uint32()),
  '\x94': (m) => m.memoize(),
  h: (m) => m.recall(m.byte()),
  j: (m) => m.recall(m.uint32()),

  // Constants and numbers.
  N: (m) => m.push(null),
  '\x88': (m) => m.push(true),
  '\x89': (m) => m.push(false),
  J: (m) => m.push(m.int32()),
  K: (m) => m.push(m.byte()),
  M: (m) => m.push(m.uint16()),
  '\x8a': (m) => m.push(integer(m.take(m.byte()))),
  '\x8b': (m) => m.push(integer(m.take(m.uint32()))),
  G: (m) => m.push(m.float64()),

  // Text and bytes. The strings of Python 2 ('U', 'T') are names in every checkpoint, and read as text.
  U: (m) => m.push(m.text(m.byte())),
  T: (m) => m.push(m.text(m.uint32())),
  '\x8c': (m) => m.push(m.text(m.byte())),
  X: (m) => m.push(m.text(m.uint32())),
  '\x8d': (m) => m.push(m.text(m.uint64())),
  C: (m) => m.push(m.take(m.byte()).slice()),
  B: (m) => m.push(m.take(m.uint32()).slice()),
  '\x8e': (m) => m.push(m.take(m.uint64()).slice()),
  '\x96': (m) => m.push(m.take(m.uint64()).slice()),

  // Lists, tuples, tables, sets.
  ']': (m) => m.push([]),
  l: (m) => m.push(m.popMark()),
  ')': (m) => m.push([]),
  t: (m) => m.push(m.popMark()),
  '\x85': (m) => m.push(m.popSome(1)),
  '\x86': (m) => m.push(m.popSome(2)),
  '\x87': (m) => m.push(m.popSome(3)),
  '}': (m) => m.push(m.table(new Map())),
  d: (m) => {
    const items = m.popMark();
    m.push(m.table(new Map()));
    setItems(m, items);
  },
  '\x8f': (m) => m.push(m.table(new Set())),
  '\x91': (m) => m.push(m.table(new Set(m.popMark()))),
  a: (m) => append(m, m.popSome(1)),
  e: (m) => append(m, m.popMark()),
  s: (m) => setItems(m, m.popSome(2)),
  u: (m) => setItems(m, m.popMark()),
  '\x90': (m) => {
    const items = m.popMark();
    const target = m.top();
    if (target instanceof Set) for (const item of items) target.add(item);
    else if (!(target instanceof Inert)) m.broken('it adds to what is no set');
  },

  // Classes, functions, objects.
  c: (m) => m.global(m.line(), m.line()),
  '\x93': (m) => m.global(...(m.popSome(2) as [PickleValue, PickleValue])),
  R: (m) => m.call(...(m.popSome(2) as [PickleValue, PickleValue])),
  '\x81': (m) => m.call(...(m.popSome(2) as [PickleValue, PickleValue])),
  '\x92': (m) => m.call(...(m.popSome(3).slice(0, 2) as [PickleValue, PickleValue])),
  i: (m) => {
    m.global(m.line(), m.line());
    const callable = m.pop();
    m.call(callable, m.popMark());
  },
  o: (m) => {
    const [callable = null, ...args] = m.popMark();
    m.call(callable, args);
  },
  b: (m) => {
    m.pop(); // the state of an object: a name has none, and plain data need none
    m.top();
  },
  '\x82': (m) => m.inert(`copyreg extension ${m.byte()}`),
  '\x83': (m) => m.inert(`copyreg extension ${m.uint16()}`),
  '\x84': (m) => m.inert(`copyreg extension ${m.uint32()}`),
  Q: (m) => m.persistent(m.pop()),
};

const table: readonly (Operation | undefined)[] = Array.from({ length: 256 }, (_, i) => operations[String.fromCharCode(i)]);
const STOP = '.'.charCodeAt(0);

export interface Unpickled {
  readonly value: PickleValue;
  /** The byte after the pickle. */
  readonly end: number;
  /** Classes and functions in it that are not known, by name. */
  readonly unknown: ReadonlySet<string>;
}

/**
 * Read one pickle.
 * @param start its first byte
 * @param file for messages
 * @throws PickleEnds when the bytes end before it does; UserError when it is damaged or asks for too much
 */
export function unpickle(bytes: Uint8Array, start: number, file: string, host: PickleHost): Unpickled {
  const machine = new PickleMachine(bytes, start, file, host);
  for (;;) {
    const code = machine.byte();
    if (code === STOP) return { value: machine.pop(), end: machine.at, unknown: machine.unknown };
    const operation = table[code];
    if (operation === undefined) return machine.broken(`operation 0x${code.toString(16)} is not of pickle protocols 2 to 5`);
    machine.step();
    operation(machine);
  }
}

/** Longer integers than any checkpoint has become a name: to build them takes long. */
const MAX_INTEGER = 1024;

/** A little-endian two's complement integer; no bytes are 0. */
function integer(bytes: Uint8Array): PickleValue {
  if (bytes.length > MAX_INTEGER) return new Inert(`integer of ${bytes.length} bytes`);
  if (bytes.length === 0) return 0;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).reverse();
  const value = BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex.join('')}`));
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function append(m: PickleMachine, items: readonly PickleValue[]): void {
  const target = m.top();
  if (Array.isArray(target)) for (const item of items) target.push(item);
  else if (!(target instanceof Inert)) m.broken('it appends to what is no list');
}

function setItems(m: PickleMachine, items: readonly PickleValue[]): void {
  const target = m.top();
  if (items.length % 2 === 1) m.broken('a key has no value');
  if (target instanceof Map) for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  else if (!(target instanceof Inert)) m.broken('it sets items of what is no table');
}
