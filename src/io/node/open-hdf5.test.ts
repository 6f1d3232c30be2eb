import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { builtFile } from '../../runtime/node/built-file.js';
import { UserError } from '../../tensor/errors.js';
import { Random } from '../../tensor/random.js';
import { Hdf5File, type Hdf5Library, hasStopped } from '../arrays/hdf5-library.js';
import { capMemory } from '../arrays/hdf5-memory.js';
import { bytesTouched } from '../arrays/hdf5-reader.js';
import { chooseArray, readAll } from '../arrays/index.js';
import { bytesIn, hdf5Bytes } from '../testing/array-files.js';
import { fuzzedFile } from '../testing/fuzz-files.js';
import { externalHdf5, virtualHdf5 } from '../testing/hdf5-elsewhere.js';
import { Hdf5Thread } from './hdf5-thread.js';
import { openArrays } from './open-arrays.js';
import { openHdf5 } from './open-hdf5.js';

const folder = await mkdtemp(join(tmpdir(), 'posteriori-hdf5-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const file = async (name: string, bytes: Uint8Array) => {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
};
const six = Float32Array.of(0, 1, 2, 3, 4, 5);
const sound = () => hdf5Bytes((root) => void root.create_dataset({ name: 'x', data: six, shape: [2, 3] }));

async function readsSix(path: string, name: string): Promise<void> {
  const open = await openArrays(path);
  expect([...(await readAll(chooseArray(open, name)))]).toEqual([...six]);
  await open.close();
}

/** Everything in a damaged file. */
async function readFuzzed(run: number, limitMs?: number): Promise<void> {
  const open = await openArrays(await file(`${run}.h5`, await fuzzedFile('hdf5', run, new Random(2).fork('hdf5'))), { hdf5: { limitMs } });
  try {
    for (const array of open.arrays) await readAll(array);
  } finally {
    await open.close();
  }
}

test('a file on which the library does not end is refused by name, and the next one is read', async () => {
  // the first of them on which h5wasm 0.10.3 goes round for ever
  const refused = await readFuzzed(506, 500).catch((error) => error);
  expect(refused).toBeInstanceOf(UserError);
  expect(refused.message).toMatch(
    /506\.h5 is an HDF5 file in which .* cannot be read \(the library that reads it did not come to an end\): it is cut short or damaged\. Copy or/,
  );
  await readsSix(await file('next.h5', await sound()), 'x');
});

/** A thread that has loaded its library, and then does as it is told. */
const stub = (code: string) => () =>
  Hdf5Thread.start(
    new URL(
      `data:text/javascript,${encodeURIComponent(`
        import { parentPort } from 'node:worker_threads';
        parentPort.on('message', ({ ask }) => { if (ask === 'load') parentPort.postMessage({}); else { ${code} } });`)}`,
    ),
  );

test.each([
  ['says so', "parentPort.postMessage({ failure: { message: 'it has stopped', expected: true }, stopped: true })", /it has stopped/],
  ['throws', "throw new Error('out of memory')", /its groups cannot be read \(the library that reads it has stopped\)/],
  ['ends', 'process.exit(1)', /its groups cannot be read \(the library that reads it has stopped\)/],
  ['hangs', 'for (;;);', /its groups cannot be read \(the library that reads it did not come to an end\)/],
])('a library that %s on a file is not asked again, and the next file is read', async (_, code, message) => {
  const path = await file('bad.h5', await sound());
  const reader = await openHdf5(path, { limitMs: 200, start: stub(code) });
  await expect(reader.describe(false)).rejects.toThrow(message);
  const array = { index: 0, path: '/x', shape: [2, 3], type: 'f4', size: 4 } as const;
  await expect(reader.read(array, [0, 0], [2, 3])).rejects.toThrow(/bad\.h5 is an HDF5 file in which "\/x" cannot be read/);
  await reader.close();
  await expect(openArrays(path, { hdf5: { limitMs: 200, start: stub(code) } })).rejects.toThrow(UserError);
  await readsSix(path, 'x');
});

test('a library that cannot be loaded is no fault of a file', async () => {
  const start = () => Hdf5Thread.start(new URL('data:text/javascript,throw new Error("no memory")'));
  const path = await file('a.h5', await sound());
  await expect(openArrays(path, { hdf5: { start } })).rejects.toThrow('the HDF5 library cannot be loaded: Error: no memory');
});

test('what stops the library is told from what it reports', () => {
  const library = (error: Error) =>
    ({
      Module: { activate_throwing_error_handler() {} },
      File: class {
        constructor() {
          throw error;
        }
      },
    }) as unknown as Hdf5Library;
  const thrown = (error: Error) => {
    try {
      return new Hdf5File(library(error), '/file', 'a.h5');
    } catch (refused) {
      return refused as UserError;
    }
  };
  const trap = thrown(new WebAssembly.RuntimeError('unreachable')) as UserError;
  expect([trap instanceof UserError, hasStopped(trap), trap.message]).toEqual([
    true,
    true,
    'a.h5 is an HDF5 file in which its structure cannot be read (the library that reads it has stopped): it is cut short or damaged. Copy or export it again.',
  ]);
  const report =
    'HDF5-DIAG: Error detected in HDF5 (2.0.0):\n  #000: H5F.c line 1 in H5Fopen(): no\n    major: x\n  #001: H5F.c line 2 in f(): why\u0007\n';
  const told = thrown(new Error(report)) as UserError;
  expect([hasStopped(told), told.message]).toEqual([false, expect.stringContaining('cannot be read (why\uFFFD): it')]);
});

test('a file that is read after another shows nothing of it, though its thread is used again', async () => {
  const path = await file('same.h5', await sound());
  await readsSix(path, 'x');
  const other = await hdf5Bytes((root) => void root.create_dataset({ name: 'y', data: six.map((x) => -x) }));
  await file('same.h5', other);
  const open = await openArrays(path);
  expect(open.arrays.map(({ name, shape }) => [name, shape])).toEqual([['/y', [6]]]);
  expect([...(await readAll(open.arrays[0]))]).toEqual([-0, -1, -2, -3, -4, -5]);
  await open.close();
  await expect(openArrays(await file('same.h5', other.subarray(0, 700)))).rejects.toThrow(/truncated file: eof = 700/);
  await file('same.h5', await sound());
  await Promise.all([readsSix(path, 'x'), readsSix(path, 'x')]);
});

test('links to other files are not followed, though the files are there', async () => {
  const other = await file('other.h5', await hdf5Bytes((root) => void root.create_dataset({ name: 'data', data: six })));
  await readsSix(other, 'data');
  for (const target of ['other.h5', other]) {
    const links = await openArrays(
      await file(
        'links.h5',
        await hdf5Bytes((root) => {
          root.create_external_link(target, '/data', 'away');
          root.create_soft_link('/own', 'soft');
          root.create_dataset({ name: 'own', data: six });
        }),
      ),
    );
    expect(links.arrays.map(({ name }) => name)).toEqual(['/own', '/soft']);
    expect(Object.keys(links.texts)).toEqual(['/away']);
    expect(links.texts['/away']).toMatch(/^in another file, which is not opened: .*\.h5:\/data$/);
    await links.close();
  }
  const only = await hdf5Bytes((root) => void root.create_external_link('other.h5', '/data', 'away'));
  await expect(openArrays(await file('only.h5', only))).rejects.toThrow(/whose arrays are in other files.*: other\.h5:\/data is the first/);
});

test('numbers that are kept in another file are not read from it, nor from standard input', async () => {
  for (const target of [await file('raw', bytesIn(six)), '/dev/stdin']) {
    const path = await file('external.h5', externalHdf5(target));
    const open = await openArrays(path);
    await expect(readAll(chooseArray(open, '/x'))).rejects.toThrow(/"\/x" of .*external\.h5 is kept in another file, which is not opened/);
    await open.close();
    await readsSix(path, '/own');
  }
});

test('views of other files are no arrays; those of the same file are', async () => {
  await file('other.h5', await hdf5Bytes((root) => void root.create_dataset({ name: 'data', data: six })));
  const path = await file('virtual.h5', virtualHdf5());
  await readsSix(path, '/same');
  const open = await openArrays(path);
  expect(open.arrays.map(({ name }) => name)).toEqual(['/own', '/same']);
  expect(open.texts).toEqual({ '/x': 'in another file, which is not opened: other.h5' });
  await open.close();
});

test('a program ends by itself, whether it closes its files or not', async () => {
  const path = await file('own.h5', await sound());
  const run = promisify(execFile);
  const started = [process.execPath, { timeout: 60_000 }] as const;
  const main = await run(started[0], [builtFile(new URL('../../cli/main.ts', import.meta.url).href).pathname, 'inspect', path], started[1]);
  expect(main.stdout).toContain('/x [2,3] float32');
  const library = builtFile(new URL('index.ts', import.meta.url).href);
  const program = `const { openArrays } = await import('${library}'); console.log((await openArrays(process.argv[1])).arrays.length);`;
  const left = await run(started[0], ['--input-type=module', '-e', program, path], started[1]);
  expect(left.stdout).toBe('1\n');
});

test('the time of a block is by what is unpacked for it', () => {
  const plain = { index: 0, path: '/x', shape: [10, 6, 8], type: 'u2', size: 2 } as const;
  expect(bytesTouched(plain, [0, 1, 0], [10, 1, 8])).toBe(160);
  expect(bytesTouched({ ...plain, chunk: [1, 6, 8] }, [0, 1, 0], [10, 1, 8])).toBe(960);
  expect(bytesTouched({ ...plain, chunk: [4, 4, 8] }, [3, 3, 0], [2, 2, 8])).toBe(2 * 4 * 4 * 4 * 8);
});

test('memory grows to 640 MB, and is free again afterwards', () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const uncap = capMemory();
  expect(() => memory.grow(10_240)).toThrow(/more memory than a sound file needs/);
  expect(memory.grow(1)).toBe(1);
  uncap();
  expect(new WebAssembly.Memory({ initial: 1 }).grow(10_240)).toBe(1);
});
