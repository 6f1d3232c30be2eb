import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { blobSource, bytesSource } from '../../io/byte-source.js';
import { UserError } from '../../tensor/errors.js';
import { readSafetensors } from '../safetensors.js';
import { openTensorFile } from './open-tensor-file.js';

const fixtures = new URL('fixtures/', import.meta.url);
const fixture = async (name: string) => new Uint8Array(await readFile(new URL(name, fixtures)));
const open = async (name: string) => openTensorFile(bytesSource(await fixture(name), name));

describe('files of torch.save', async () => {
  const expected = readSafetensors(await fixture('expected.safetensors'));
  const dtypes = JSON.parse(expected.metadata.dtypes) as Record<string, string>;

  test.each([2, 3, 4, 5].flatMap((protocol) => [`zip-${protocol}.pt`, `legacy-${protocol}.pt`]).concat('deflated.pt'))(
    '%s',
    async (name) => {
      const file = await open(name);
      expect(file.format).toBe(name.startsWith('legacy') ? 'torch-legacy' : 'torch-zip');
      expect([...file.tensors.keys()].sort()).toEqual([...expected.tensors.keys()].sort());
      for (const [path, stored] of file.tensors) {
        const { shape, data } = await stored.read();
        const wanted = expected.tensors.get(path)!;
        expect({ path, dtype: stored.dtype, shape, data }).toEqual({ path, dtype: dtypes[path], shape: wanted.shape, data: wanted.data });
        expect(stored.shape).toEqual(shape);
      }
      expect(file.metadata).toEqual({
        epoch: '17',
        global_step: '560001',
        'pytorch-lightning_version': '1.4.2',
        done: 'true',
        loss: '0.25',
        big: '1180591620717411303424',
        negative: '-1099511627776',
        text: 'd\u00e9j\u00e0 \u6f22 \u{1f600}',
      });
      expect(file.unknown).toEqual(
        expect.arrayContaining(['__main__.Schedule', 'argparse.Namespace', 'functools.partial', 'builtins.min']),
      );
    },
  );

  test('tensors that share a storage are read apart, each time anew', async () => {
    const { tensors } = await open('zip-2.pt');
    const first = await tensors.get('state_dict.float32')!.read();
    first.data.fill(0);
    expect((await tensors.get('state_dict.float32')!.read()).data).toEqual(expected.tensors.get('state_dict.float32')!.data);
    expect((await tensors.get('state_dict.row')!.read()).data).toEqual(expected.tensors.get('state_dict.row')!.data);
  });

  test('a bare state dict keeps its own names, a lone tensor is called so', async () => {
    const state = await open('state-dict.pt');
    expect([...state.tensors].map(([name, { shape, dtype }]) => [name, shape, dtype])).toEqual([
      ['0.weight', [2, 1, 3, 3], 'F32'],
      ['0.bias', [2], 'F32'],
      ['1.weight', [2], 'F32'],
      ['1.bias', [2], 'F32'],
      ['1.running_mean', [2], 'F32'],
      ['1.running_var', [2], 'F32'],
      ['1.num_batches_tracked', [], 'I64'],
    ]);
    expect(state.unknown).toEqual([]);
    expect([...(await (await open('tensor.pt')).tensors.get('tensor')!.read()).data]).toEqual([0, 1, 2]);
  });

  test.each(['malicious.pt', 'malicious-legacy.pt'])('%s: what Python would execute is a name, and nothing happens', async (name) => {
    const before = [...(await readdir('.')), ...(await readdir(fixtures))];
    const file = await open(name);
    expect([...(await file.tensors.get('model.weight')!.read()).data]).toEqual([1, 1]);
    expect([...file.tensors.keys()]).toEqual(['model.weight']);
    expect(file.unknown).toEqual(['posix.system']);
    expect([...(await readdir('.')), ...(await readdir(fixtures))]).toEqual(before);
  });

  test('a whole module, and a TorchScript program, are refused with the remedy', async () => {
    await expect(open('whole-module.pt')).rejects.toThrow(
      /no tensors outside objects .*\(torch\.nn\.modules\.container\.Sequential, .*\)\. Save the state_dict/,
    );
    await expect(open('script.pt')).rejects.toThrow(/TorchScript.*state_dict/);
  });
});

describe('safetensors, read by range', () => {
  test('every type', async () => {
    const file = await open('every-type.safetensors');
    expect(file.format).toBe('safetensors');
    expect(file.metadata).toEqual({ format: 'pt' });
    const expected = readSafetensors(await fixture('expected.safetensors')).tensors;
    const { tensors } = file;
    expect([...tensors.keys()].sort()).toEqual(['BF16', 'BOOL', 'F16', 'F32', 'F64', 'I16', 'I32', 'I64', 'I8', 'U8', 'empty', 'scalar']);
    for (const [type, name] of Object.entries({
      F64: 'float64',
      F16: 'float16',
      BF16: 'bfloat16',
      I64: 'int64',
      I32: 'int32',
      I16: 'int16',
      I8: 'int8',
      U8: 'uint8',
      BOOL: 'bool',
    })) {
      expect(tensors.get(type)!.dtype).toBe(type);
      expect({ type, ...(await tensors.get(type)!.read()) }).toEqual({ type, ...expected.get(`state_dict.${name}`)! });
    }
    expect(await tensors.get('scalar')!.read()).toEqual({ shape: [], data: Float32Array.of(3.25) });
    expect(await tensors.get('empty')!.read()).toEqual({ shape: [0, 3], data: new Float32Array() });
  });

  test('only the header is read to open it, and only its bytes to read a tensor', async () => {
    const inner = bytesSource(await fixture('every-type.safetensors'), 'x');
    const lengths: number[] = [];
    const read = (offset: number, length: number) => {
      lengths.push(length);
      return inner.read(offset, length);
    };
    const file = await openTensorFile({ ...inner, read });
    expect(Math.max(...lengths)).toBeLessThan(1000);
    lengths.length = 0;
    await file.tensors.get('F16')!.read();
    expect(lengths).toEqual([48]);
  });
});

test('a file chosen in a page is read as a file on disk is', async () => {
  for (const name of ['zip-2.pt', 'legacy-2.pt', 'deflated.pt', 'every-type.safetensors']) {
    const file = await openTensorFile(blobSource(new File([await fixture(name)], name)));
    const other = await open(name);
    for (const [path, stored] of file.tensors) expect(await stored.read()).toEqual(await other.tensors.get(path)!.read());
  }
});

describe('the source belongs to the file', () => {
  const counting = (bytes: Uint8Array) => {
    const source = { ...bytesSource(bytes, 'x'), closed: 0, close: async () => void source.closed++ };
    return source;
  };
  test.each(['zip-2.pt', 'legacy-2.pt', 'every-type.safetensors'])('%s: closed with it, and when it cannot be opened', async (name) => {
    const bytes = await fixture(name);
    const good = counting(bytes);
    await (await openTensorFile(good)).close();
    expect(good.closed).toBe(1);
    const bad = counting(bytes.slice(0, bytes.length / 2));
    await expect(openTensorFile(bad)).rejects.toThrow(UserError);
    expect(bad.closed).toBe(1);
  });
});

describe('other files', () => {
  const cases: [string, string, RegExp][] = [
    ['nothing', '', /x\.ckpt .*empty/],
    ['text', 'hello there, this is text', /another kind.*safetensors.*PyTorch/],
    ['a web page', '<!DOCTYPE html><html>', /web page/],
    ['a pointer of Git LFS', 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a', /Git LFS/],
    ['another pickle', '\x80\x02}q\x00.', /pickle of Python, but not a checkpoint/],
    ['an empty zip', `PK\x05\x06${'\0'.repeat(18)}`, /zip file, but not a checkpoint.*no data\.pkl/],
    ['one byte', '\x80', /another kind/],
  ];
  test.each(cases)('%s', async (_, text, message) => {
    const opening = openTensorFile(
      bytesSource(
        Uint8Array.from(text, (c) => c.charCodeAt(0)),
        'x.ckpt',
      ),
    );
    await expect(opening).rejects.toThrow(UserError);
    await expect(opening).rejects.toThrow(message);
  });
});
