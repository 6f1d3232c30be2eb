import { describe, expect, test } from 'vitest';
import { UserError } from '../tensor/errors.js';
import { blobSource, bytesSource } from './byte-source.js';

const bytes = Uint8Array.from({ length: 10 }, (_, i) => i);

describe.each([
  ['bytes', () => bytesSource(bytes, 'x')],
  ['a Buffer', () => bytesSource(Buffer.from(bytes), 'x')],
  ['a blob', () => blobSource(new Blob([bytes]), 'x')],
  ['a file of a page', () => blobSource(new File([bytes], 'x'))],
])('%s', (_, make) => {
  test('ranges are read, as arrays of their own', async () => {
    const source = make();
    expect([source.name, source.size]).toEqual(['x', 10]);
    const part = await source.read(3, 4);
    expect([...part]).toEqual([3, 4, 5, 6]);
    part.fill(9);
    expect([...(await source.read(0, 10))]).toEqual([...bytes]);
    expect([...(await source.read(10, 0))]).toEqual([]);
    await source.close();
  });

  test.each([
    [0, 11],
    [10, 1],
    [-1, 2],
    [0, -1],
    [2 ** 52, 1],
    [0, 2 ** 52],
    [Number.NaN, 1],
    [0, Number.POSITIVE_INFINITY],
  ])('bytes from %d, %d of them, are not all there', async (offset, length) => {
    const reading = make().read(offset, length);
    await expect(reading).rejects.toThrow(UserError);
    await expect(reading).rejects.toThrow(/^x is truncated: it has 10 bytes/);
  });
});

test('a blob that cannot be read any more is a user error', async () => {
  const gone = new Blob([bytes]);
  gone.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')) }) as unknown as Blob;
  await expect(blobSource(gone, 'x').read(0, 1)).rejects.toThrow(/Cannot read x: it has changed or gone/);
});
