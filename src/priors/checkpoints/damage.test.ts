import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type ByteSource, bytesSource } from '../../io/byte-source.js';
import { UserError } from '../../tensor/errors.js';
import { openTensorFile } from './open-tensor-file.js';
import { type Part, pickle, type TensorText, tensorText, text, torchLegacy, torchZip } from './testing/pickle-text.js';
import { join, sparseSource, u64, type ZippedFile, zipBytes, zipPieces } from './testing/zip-bytes.js';

const fixture = async (name: string) => new Uint8Array(await readFile(new URL(`fixtures/${name}`, import.meta.url)));

/** Open and read all. */
async function readAll(bytes: Uint8Array | ByteSource): Promise<string[]> {
  const file = await openTensorFile(bytes instanceof Uint8Array ? bytesSource(bytes, 'x.ckpt') : bytes);
  for (const tensor of file.tensors.values()) await tensor.read();
  return [...file.tensors.keys()];
}

/** The message of the UserError that reading must end with: one paragraph that names the file. */
async function complaint(bytes: Uint8Array | ByteSource): Promise<string> {
  const error = await readAll(bytes).then(
    () => new Error('it was read'),
    (e: unknown) => e as Error,
  );
  if (!(error instanceof UserError)) throw error;
  expect(error.message).toContain('x.ckpt');
  expect(error.message).not.toMatch(/\n|undefined|\[object/);
  return error.message;
}

const four = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
const weight: TensorText = { elements: 4, shape: [4], stride: [1] };
/** A table of one tensor. */
const holding = (tensor: TensorText, name = 'w') => pickle('}', text(name), tensorText(tensor), 's');
const repeated = (part: string, count: number) => new Uint8Array(Buffer.alloc(part.length * count, part, 'latin1'));

test('the files that the cases below damage are sound', async () => {
  expect(await readAll(torchZip(holding(weight), { 0: four }))).toEqual(['w']);
  expect(await readAll(torchLegacy(holding(weight), { 0: four }))).toEqual(['w']);
});

test.each(['zip-2.pt', 'legacy-2.pt', 'legacy-4.pt', 'deflated.pt', 'every-type.safetensors'])(
  '%s cut short anywhere is refused',
  async (name) => {
    const whole = await fixture(name);
    const cuts = new Set([0, 1, 7, 8, 9, 63, 64, 65, whole.length - 1, whole.length - 21, whole.length - 22, whole.length - 23]);
    for (let cut = 16; cut < whole.length; cut += 149) cuts.add(cut);
    for (const cut of cuts) await complaint(whole.slice(0, cut));
  },
);

describe.each([
  ['zip', torchZip],
  ['legacy', torchLegacy],
])('a pickle in a %s file', (_, build) => {
  const cases: [string, Part[], RegExp][] = [
    [
      'a tensor that reaches beyond its storage',
      ['}', text('w'), tensorText({ ...weight, offset: 1 }), 's'],
      /tensor "w" .*reaches element 5 of a storage of 4/,
    ],
    [
      'terabytes out of four numbers',
      ['}', text('w'), tensorText({ ...weight, shape: [2 ** 20, 2 ** 21], stride: [0, 0] }), 's'],
      /tensor "w" .*repeats/,
    ],
    ['a storage of terabytes', ['}', text('w'), tensorText({ elements: 2 ** 40, shape: [2 ** 40], stride: [1] }), 's'], /x\.ckpt/],
    ['a storage that is not there', ['}', text('w'), tensorText({ ...weight, key: '../0' }), 's'], /x\.ckpt is damaged: .*storage/],
    ['a storage of another size', ['}', text('w'), tensorText({ ...weight, elements: 5 }), 's'], /storage "0" has/],
    ['a storage announced twice', ['(', tensorText(weight), tensorText({ ...weight, elements: 3 }), 't'], /announced in two ways/],
    [
      'a storage of an unknown class',
      ['}', text('w'), tensorText({ ...weight, type: 'StrangeStorage' }), 's'],
      /unknown class torch\.StrangeStorage/,
    ],
    ['as many sizes as strides', ['}', text('w'), tensorText({ ...weight, shape: [2, 2] }), 's'], /shape of a tensor is malformed/],
    [
      'more axes than a tensor has',
      ['}', text('w'), tensorText({ ...weight, shape: Array(65).fill(1), stride: Array(65).fill(1) }), 's'],
      /malformed/,
    ],
    ['tables nested too deep', [repeated(']', 100), tensorText(weight), repeated('a', 100)], /nested more than 64 deep/],
    [
      'tables that hold one another too often',
      ['(', tensorText(weight), ']q\x00', repeated('](h\x00h\x00eq\x00', 40), 't'],
      /hold one another too often/,
    ],
    [
      'one name for two tensors',
      ['}(', text('a.b'), tensorText(weight), text('a'), '}', text('b'), tensorText(weight), 'su'],
      /two of its tensors are called "a\.b"/,
    ],
    ['a name of a million characters', ['}', text('n'.repeat(1e6)), tensorText(weight), 's'], /1000000 characters/],
    ['a name that would move the cursor', ['}', text('\x1b[2J\n'), tensorText({ ...weight, offset: 9 }), 's'], /tensor "\ufffd\[2J\ufffd"/],
  ];
  test.each(cases)('%s', async (_, parts, message) => {
    expect(await complaint(build(pickle(...parts), { 0: four }))).toMatch(message);
  });

  test('no tensors', async () => {
    expect(await complaint(build(pickle('}', text('epoch'), 'K\x01s')))).toMatch(/no tensors\. Save/);
  });

  test('paths in names are only names', async () => {
    expect(await readAll(build(holding(weight, '../../etc/passwd'), { 0: four }))).toEqual(['../../etc/passwd']);
  });

  test('a table that holds itself, tensors under numbers and classes, and a tensor met twice by other ways', async () => {
    const parts = [
      '}q\x00(',
      text('self'),
      'h\x00K\x07',
      tensorText(weight),
      'cx\nY\n',
      tensorText(weight),
      '\x88]',
      tensorText(weight),
      'au',
    ];
    expect(await readAll(build(pickle(...parts), { 0: four }))).toEqual(['7', 'x.Y', 'true.0']);
  });
});

describe('legacy files', () => {
  const object = holding(weight);
  const cases: [string, Uint8Array, RegExp][] = [
    ['storages that the object does not know', torchLegacy(object, { 0: four, 1: four }), /list of storages/],
    [
      'a storage listed twice',
      join(torchLegacy(object).slice(0, -6), pickle('](', text('0'), text('0'), 'e'), u64(4), four),
      /list of storages/,
    ],
    [
      'a count of terabytes',
      join(torchLegacy(object, { 0: four }).slice(0, -24), u64(2 ** 50), four),
      /has 1125899906842624 elements, not 4/,
    ],
  ];
  test.each(cases)('%s', async (_, bytes, message) => {
    expect(await complaint(bytes)).toMatch(message);
  });

  test('another version, another byte order', async () => {
    const bytes = torchLegacy(object, { 0: four });
    const version = bytes.indexOf('M'.charCodeAt(0), 15);
    expect(await complaint(bytes.with(version + 1, 0xea))).toMatch(/version is 1002/);
    const truth = bytes.indexOf(0x88, version);
    expect(await complaint(bytes.with(truth, 0x89))).toMatch(/big-endian/);
  });

  test('the pickle of a large file is read whole, and of one that never ends not much', async () => {
    const long = torchLegacy(pickle('(', text('x'.repeat(3e6)), tensorText(weight), 't'), { 0: four });
    expect(await readAll(long)).toEqual(['1']);
    const endless = sparseSource(
      [
        { at: 0, bytes: torchLegacy(new Uint8Array([0x80, 2, 0x8d, 0, 0, 0, 0, 0xff, 0, 0, 0])).slice(0, 50) },
        { at: 2 ** 40, bytes: four },
      ],
      'x.ckpt',
    );
    await complaint(endless);
    expect(endless.largestRead).toBeLessThanOrEqual(2 ** 26);
  });
});

describe('zip files', () => {
  const object: ZippedFile = { name: 'a/data.pkl', content: holding(weight) };
  const storage: ZippedFile = { name: 'a/data/0', content: four };
  const zeros: ZippedFile = { name: 'a/data/0', content: new Uint8Array(2 ** 22), deflate: true };
  const cases: [string, ZippedFile[], RegExp][] = [
    ['no pickle', [storage], /no data\.pkl/],
    ['two pickles', [object, { ...object, name: 'b/data.pkl' }], /more than one data\.pkl/],
    ['a name twice', [object, storage, storage], /"a\/data\/0" twice/],
    ['a name that leads out of the folder', [{ ...object, name: '../data.pkl' }, storage], /directory cannot be read/],
    ['a big-endian file', [object, storage, { name: 'a/byteorder', content: new TextEncoder().encode('big') }], /big-endian/],
    ['an encrypted file', [object, { ...storage, says: { flags: 1 } }], /"a\/data\/0" in it is encrypted/],
    ['another packing', [object, { ...storage, says: { method: 93 } }], /method 93/],
    ['a stored file with two sizes', [object, { ...storage, says: { size: 17 } }], /not as large/],
    ['a file that reaches into the next', [{ ...object, says: { packed: 1e6, size: 1e6 } }, storage], /not where the directory says/],
    ['two files in one place', [object, { ...storage, says: { at: 0 } }], /not where the directory says/],
    ['a file that is not where it should be', [object, { ...storage, says: { at: 60 } }], /not where the directory says/],
    ['terabytes, stored', [object, { ...storage, says: { packed: 2 ** 31, size: 2 ** 31 } }], /not where/],
    ['gigabytes, deflated, out of few bytes', [object, { ...zeros, says: { size: 2 ** 31 } }], /not as large/],
    ['a bomb: more than it says', [object, { ...zeros, says: { size: 16 } }], /"a\/data\/0" in it (is larger|cannot be read)/],
    [
      'less than it says',
      [object, { name: 'a/data/0', content: four.slice(4), deflate: true, says: { size: 16 } }],
      /"a\/data\/0" in it (is smaller|cannot be read)/,
    ],
    ['another checksum', [object, { ...storage, deflate: true, says: { checksum: 1 } }], /cannot be read/],
    ['deflated data that are none', [object, { ...storage, says: { method: 8 } }], /cannot be read/],
    ['a deflated storage that is not as large as its tensors say', [object, zeros], /storage "0" has 4194304 bytes, not 16/],
  ];
  test.each(cases)('%s', async (_, files, message) => {
    expect(await complaint(zipBytes(files))).toMatch(message);
  });

  test('a pickle of a gigabyte', async () => {
    const pieces = zipPieces([{ ...object, zeros: 2 ** 30 }]);
    expect(await complaint(sparseSource(pieces, 'x.ckpt'))).toMatch(/data\.pkl has \d{10} bytes/);
  });

  test('the folder may have any name, or none, and there may be others', async () => {
    for (const folder of ['', 'model.ckpt/', '\u6f22 \u5b57/', 'a/b/'])
      expect(await readAll(zipBytes([object, storage].map((file) => ({ ...file, name: file.name.replace('a/', folder) }))))).toEqual(['w']);
    expect(await readAll(zipBytes([object, storage, { name: 'a/extra/data.pkl', content: four }]))).toEqual(['w']);
  });

  test('a stored file is read by range, a deflated one unpacked once', async () => {
    const large = { elements: 2 ** 20, shape: [2], stride: [1] };
    const numbers = new Uint8Array(Float32Array.from({ length: 2 ** 20 }, (_, i) => i).buffer);
    for (const deflate of [false, true]) {
      const content = pickle('(', tensorText({ ...large, offset: 1000 }), tensorText({ ...large, offset: 2 ** 20 - 2 }), 't');
      const source = sparseSource(
        zipPieces([
          { ...object, content },
          { name: 'a/data/0', content: numbers, deflate },
        ]),
        'x.ckpt',
      );
      const { tensors } = await openTensorFile(source);
      const data = await Promise.all([...tensors.values()].map(async (stored) => [...(await stored.read()).data]));
      expect(data).toEqual([
        [1000, 1001],
        [2 ** 20 - 2, 2 ** 20 - 1],
      ]);
      expect(source.largestRead).toBeLessThan(2 ** 18 + 1);
    }
  });
});

describe('zip64: files beyond 4 GiB', () => {
  const GiB = 2 ** 30;
  const elements = (9 * GiB) / 4;
  const last = { offset: elements - 4, shape: [4], stride: [1] };
  const content = pickle(
    '}(',
    text('first'),
    tensorText({ ...weight, key: '0' }),
    text('last'),
    tensorText({ key: '1', elements, ...last }),
    'u',
  );

  test('offsets, sizes and tensors beyond 4 GiB, read by range', async () => {
    const files: ZippedFile[] = [
      { name: 'archive/data.pkl', content },
      { name: 'archive/data/0', content: four, at: 5 * GiB },
      { name: 'archive/data/1', content: new Uint8Array(), zeros: 9 * GiB, at: 6 * GiB },
    ];
    const pieces = zipPieces(files, { zip64: true });
    // The last four numbers of the second storage stand right before the directory.
    const end = pieces.at(-1)!.at;
    const source = sparseSource([...pieces, { at: end - 16, bytes: four }], 'x.ckpt');
    expect(source.size).toBeGreaterThan(15 * GiB);
    const { tensors } = await openTensorFile(source);
    for (const name of ['first', 'last']) expect([...(await tensors.get(name)!.read()).data]).toEqual([1, 2, 3, 4]);
    expect(source.largestRead).toBeLessThan(2 ** 17);
  });

  test('a directory of gigabytes, or entries beyond the end, are refused', async () => {
    const pieces = zipPieces([{ name: 'archive/data.pkl', content, says: { at: 2 ** 45 } }], { zip64: true });
    await complaint(sparseSource(pieces, 'x.ckpt'));
    const { at, bytes } = zipPieces([{ name: 'archive/data.pkl', content }], { zip64: true }).at(-1)!;
    const claim = bytes.slice();
    claim.set(u64(2 ** 40), claim.length - 22 - 20 - 56 + 40); // the size of the directory
    const source = sparseSource(
      [
        { at: 0, bytes: zipBytes([]).slice(0, 4) },
        { at: at + 2 ** 34, bytes: claim },
      ],
      'x.ckpt',
    );
    await complaint(source);
    expect(source.largestRead).toBeLessThanOrEqual(2 ** 25);
  });
});

describe('safetensors', () => {
  const file = (header: unknown, data = 8) => {
    const json = new TextEncoder().encode(JSON.stringify(header));
    return join(u64(json.length), json, new Uint8Array(data));
  };
  const a = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  const cases: [string, Uint8Array, RegExp][] = [
    ['a header of terabytes', join(u64(2 ** 42), new TextEncoder().encode('{"a":{}}')), /more than the 100000000 allowed/],
    ['a header beyond the end', join(u64(1000), new TextEncoder().encode('{"a":{}}')), /inside its header/],
    ['a tensor of terabytes', file({ a: { dtype: 'F32', shape: [2 ** 40], data_offsets: [0, 2 ** 42] } }), /"a" ends at byte/],
    ['a shape that is more than its place', file({ a: { ...a, shape: [2 ** 50, 2 ** 50] } }), /"a" .* needs/],
    ['tensors that overlap', file({ a, b: { ...a, data_offsets: [4, 12] } }, 12), /"b" overlaps/],
    [
      'a type that cannot be read',
      file({ a: { dtype: 'F8_E4M3', shape: [8], data_offsets: [0, 8] } }),
      /stored as F8_E4M3.*F64, .* and BOOL can be read/,
    ],
  ];
  test.each(cases)('%s', async (_, bytes, message) => {
    expect(await complaint(bytes)).toMatch(message);
  });
});
