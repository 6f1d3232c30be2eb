import { describe, expect, test } from 'vitest';
import { UserError } from '../../tensor/errors.js';
import { unpickle } from './pickle.js';
import { PickleEnds } from './pickle-bytes.js';
import { Inert, type PickleValue } from './pickle-values.js';
import { integer, type Part, pickle, text } from './testing/pickle-text.js';
import { join, u32, u64 } from './testing/zip-bytes.js';
import { TorchObjects } from './torch-objects.js';

const load = (bytes: Uint8Array) => unpickle(bytes, 0, 'x.pt', new TorchObjects());
const value = (...parts: Part[]) => load(pickle(...parts)).value;

describe('plain data', () => {
  const cases: [string, Part[], PickleValue][] = [
    ['None', ['N'], null],
    ['truth values', ['\x88\x89\x86'], [true, false]],
    ['small integers', ['K\xffM\xff\xffJ\xfe\xff\xff\xff\x87'], [255, 65535, -2]],
    ['long integers', ['\x8a\x00\x8a\x01\xff\x8a\x02\xff\x00\x87'], [0, -1, 255]],
    ['an integer beyond 2^53', [join(Uint8Array.of(0x8a, 9), u64(0), Uint8Array.of(1))], 2n ** 64n],
    ['LONG4', ['\x8b\x02\x00\x00\x00\x00\x80'], -32768],
    ['a float', ['G\x3f\xf8\x00\x00\x00\x00\x00\x00'], 1.5],
    ['text', [text('d\u00e9j\u00e0 \u{1f600}')], 'd\u00e9j\u00e0 \u{1f600}'],
    ['short text', ['\x8c\x02\xc3\xa9'], '\u00e9'],
    ['long text', ['\x8d', u64(3), 'abc'], 'abc'],
    ['a byte order mark is text too', ['\x8c\x03\xef\xbb\xbf'], '\ufeff'],
    ['strings of Python 2', ['U\x02abT\x01\x00\x00\x00c\x86'], ['ab', 'c']],
    ['bytes', ['C\x02\x00\xffB', u32(1), '\x01\x8e', u64(1), '\x02\x87'], [Uint8Array.of(0, 255), Uint8Array.of(1), Uint8Array.of(2)]],
    ['a bytearray', ['\x96', u64(2), '\x03\x04'], Uint8Array.of(3, 4)],
    ['an empty tuple, list, table, set', [')]}\x87'], [[], [], new Map()]],
    ['a set', ['\x8f(K\x01K\x02\x90'], new Set([1, 2])],
    ['a frozenset', ['(K\x01K\x02\x91'], new Set([1, 2])],
    ['lists, appended one by one and together', [']K\x01a(K\x02K\x03e'], [1, 2, 3]],
    ['lists and tables from a mark', ['(K\x01K\x02l(K\x03K\x04d\x86'], [[1, 2], new Map([[3, 4]])]],
    [
      'tables, set one by one and together',
      ['}K\x01K\x02s(K\x03K\x04u'],
      new Map([
        [1, 2],
        [3, 4],
      ]),
    ],
    ['tuples of one, two, three', ['K\x01\x85K\x01K\x02\x86(K\x01K\x02K\x03\x87t\x87'], [[1], [1, 2], [[1, 2, 3]]]],
    ['dropped, doubled, dropped to a mark', ['K\x01K\x020(K\x03K\x041K\x052\x87'], [1, 5, 5]],
    ['the memo', ['K\x07q\x000K\x08r\x00\x01\x00\x000h\x00j\x00\x01\x00\x00\x86'], [7, 8]],
    ['the memo by order', ['\x8c\x01a\x94\x8c\x01b\x94h\x00h\x01\x86\x86\x86'], ['a', ['b', ['a', 'b']]]],
    ['frames', ['\x95', u64(1), 'N'], null],
  ];
  test.each(cases)('%s', (_, parts, expected) => {
    expect(value(...parts)).toEqual(expected);
  });

  test('what Python builds by calls: tables, sets, sizes', () => {
    expect(value('ccollections\nOrderedDict\n)R(K\x01K\x02u}', text('_metadata'), 'NsbK\x05\x86')).toEqual([new Map([[1, 2]]), 5]);
    expect(value('ccollections\nOrderedDict\n](]K\x01aK\x02a]K\x03aK\x04ae\x85R')).toEqual(
      new Map([
        [1, 2],
        [3, 4],
      ]),
    );
    expect(value('ccollections\ndefaultdict\nc__builtin__\nint\n\x85RK\x01K\x02s')).toEqual(new Map([[1, 2]]));
    expect(value('c__builtin__\nset\n](K\x01K\x01K\x02e\x85R')).toEqual(new Set([1, 2]));
    expect(value('ctorch\nSize\n(K\x02K\x03t\x85R')).toEqual([2, 3]);
  });

  test('a value that holds itself, and keys that mean something to JavaScript', () => {
    const loop = value('}q\x00', text('me'), 'h\x00s') as Map<PickleValue, PickleValue>;
    expect(loop.get('me')).toBe(loop);
    const keys = value('}(', text('__proto__'), 'K\x01', text('constructor'), 'K\x02u') as Map<PickleValue, PickleValue>;
    expect([...keys]).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
    expect(({} as Record<string, unknown>).constructor).toBe(Object);
  });
});

describe('what Python would execute', () => {
  const cases: [string, Part[], string][] = [
    ['a function called by REDUCE', ['cposix\nsystem\n', text('true'), '\x85R'], 'posix.system'],
    ['by name from the stack', ['\x8c\x05posix\x8c\x06system\x93', text('true'), '\x85R'], 'posix.system'],
    ['INST', ['(', text('true'), 'iposix\nsystem\n'], 'posix.system'],
    ['OBJ', ['(cposix\nsystem\n', text('true'), 'o'], 'posix.system'],
    ['NEWOBJ', ['csubprocess\nPopen\n', text('true'), '\x85\x81'], 'subprocess.Popen'],
    ['NEWOBJ_EX', ['csubprocess\nPopen\n)}\x92'], 'subprocess.Popen'],
    ['eval of Python 2', ['c__builtin__\neval\n', text('1'), '\x85R'], 'builtins.eval'],
    ['an extension', ['\x82\x07'], 'copyreg extension 7'],
    ['an extension of two bytes', ['\x83\x07\x00'], 'copyreg extension 7'],
    ['an extension of four bytes', ['\x84\x07\x00\x00\x00'], 'copyreg extension 7'],
    ['the state of an object', ['cx\nY\n)\x81}', text('a'), 'K\x01sb'], 'x.Y'],
    ['items and values of an object', ['cx\nY\n)\x81(K\x01K\x02uK\x03a(K\x04e(K\x05\x90'], 'x.Y'],
    ['a name that JavaScript knows', ['cconsole\nlog\n', text('x'), '\x85R'], 'console.log'],
  ];
  test.each(cases)('%s is a name', (_, parts, name) => {
    const result = load(pickle(...parts));
    expect(result.value).toEqual(new Inert(name));
    expect([...result.unknown]).toEqual([name]);
  });

  test('names are shown without control characters, and cut', () => {
    expect([...load(pickle(`c\x1b[31m\n${'y'.repeat(300)}\n`)).unknown]).toEqual([`\ufffd[31m.${'y'.repeat(93)}\u2026`]);
  });
});

describe('damage', () => {
  const cases: [string, Part[], RegExp][] = [
    ['an unknown operation', ['\xfe'], /operation 0xfe/],
    ['operations of protocol 0', ['I1\n'], /operation 0x49/],
    ['a buffer from elsewhere', ['\x97'], /operation 0x97/],
    ['another protocol', ['\x80\x06'], /protocol 6/],
    ['a value where there is none', ['0'], /value where there is none/],
    ['a value from before the mark', ['K\x01(\x85'], /value where there is none/],
    ['a mark that is not there', ['K\x01t'], /mark that is not there/],
    ['a value not kept', ['h\x05'], /recalls/],
    ['an odd number of keys and values', ['}(K\x01u'], /key has no value/],
    ['items of a number', ['K\x01K\x02K\x03s'], /no table/],
    ['values of a number', ['K\x01K\x02a'], /no list/],
    ['members of a number', ['K\x01(K\x02\x90'], /no set/],
    ['a call of a number', ['K\x01)R'], /no function/],
    ['arguments that are no tuple', ['cx\ny\nK\x01R'], /no function/],
    ['a class without a name', ['K\x01K\x02\x93'], /no name/],
    ['a storage that is none', ['K\x01Q'], /storage is malformed/],
    ['a tensor without a storage', ['ctorch._utils\n_rebuild_tensor_v2\n(NK\x00))tR'], /no storage/],
    ['pairs that are none', ['ccollections\nOrderedDict\n](K\x01e\x85R'], /pairs/],
    ['a name without end', [`c${'a'.repeat(5000)}`], /too long/],
  ];
  test.each(cases)('%s is refused', (_, parts, message) => {
    expect(() => value(...parts)).toThrow(UserError);
    expect(() => value(...parts)).toThrow(message);
  });

  test('lengths beyond the end are seen before anything is allocated', () => {
    for (const length of [
      ['X', u32(2 ** 32 - 1)],
      ['\x8d', u64(2 ** 60)],
      ['B', u32(2 ** 31)],
      ['\x8e', u64(2 ** 62)],
      ['\x96', u64(2 ** 40)],
      ['\x8b', u32(2 ** 31)],
      ['c'],
    ])
      expect(() => load(pickle(...length))).toThrow(PickleEnds);
  });

  test('a pickle cut anywhere ends inside itself', () => {
    const whole = pickle('}(', text('a'), '\x8a\x02\x01\x02G\x3f\xf8\x00\x00\x00\x00\x00\x00\x86', text('b'), 'cx\nY\n)\x81u');
    for (let length = 0; length < whole.length; length++) expect(() => load(whole.slice(0, length))).toThrow(PickleEnds);
    expect(load(whole).end).toBe(whole.length);
  });

  test('a small pickle cannot fill the memory or run long', () => {
    const many = (part: string, count: number) => new Uint8Array(Buffer.alloc(part.length * count, part, 'latin1'));
    expect(() => value(']', many('}a', 2 ** 19 + 1))).toThrow(/more tables/);
    expect(() => value(many('N', 2 ** 22 + 1))).toThrow(/more operations/);
    // A list of a thousand, copied five thousand times over.
    expect(() => value('](', many('N', 1000), 'eq\x00', many('ctorch\nSize\nh\x00\x85R', 5000))).toThrow(/more operations/);
    expect(value(join(Uint8Array.of(0x8b), u32(5000), new Uint8Array(5000)))).toEqual(new Inert('integer of 5000 bytes'));
  });

  test('an integer is read for what it says', () => {
    expect(value(integer(2 ** 40))).toBe(2 ** 40);
  });
});
