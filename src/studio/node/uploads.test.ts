import { readdir } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { formatNpy } from '../../io/index.js';
import { ctSlice } from '../../io/testing/dicom-bytes.js';
import { tensor } from '../../tensor/tensor.js';
import { disc, discNpy, refusal, testStudio, Visitor } from '../testing/test-studio.js';
import type { StudioOptions } from './studio-server.js';

let data: string;
let visitor: Visitor;
beforeEach(() => open());

async function open(options: Partial<StudioOptions> = {}): Promise<void> {
  const studio = await testStudio(options);
  data = studio.data;
  visitor = new Visitor((url, init) => studio.app.request(url, init));
}

/** What is on disk of uploads, whole and half. */
async function left(): Promise<string[]> {
  const entries = await readdir(data, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name !== '.lock').map((entry) => entry.name);
}

/** A PNG that claims a size, and has no pixels. */
function pngHeader(width: number, height: number): Uint8Array {
  const chunk = (type: string, content: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), content]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', Buffer.alloc(2)), chunk('IEND', Buffer.alloc(0))]);
}

const slice = { rows: 40, columns: 40, stored: Array.from({ length: 1600 }, (_, i) => i % 1000) };

describe('uploads', () => {
  test('pictures, DICOM and numbers are told what they are, and seen small', async () => {
    const found = [
      await visitor.uploaded(await disc(), 'disc.png'),
      await visitor.uploaded(ctSlice(slice), 'slice.dcm'),
      await visitor.uploaded(formatNpy(tensor([25, 70])), 'y.npy'),
      await visitor.uploaded(formatNpy(tensor([7], [1, 2, 3, Number.NaN, 5, 6, 7])), 'list.npy'),
      await visitor.uploaded(discNpy(), 'disc.npy'),
    ];
    expect(found.map(({ kind, format, width, height }) => [kind, format, width, height])).toEqual([
      ['picture', 'png', 48, 48],
      ['picture', 'dicom', 40, 40],
      ['numbers', 'npy', 70, 25],
      ['numbers', 'npy', undefined, undefined],
      ['numbers', 'npy', 48, 48],
    ]);
    expect(found[1].modality).toBe('CT');
    for (const { id } of found) {
      const preview = await visitor.fetch(`/api/files/${id}/preview.png`);
      expect([preview.status, preview.headers.get('Content-Type')]).toEqual([200, 'image/png']);
    }
    const list = (await (await visitor.fetch('/api/files')).json()) as { id: string }[];
    expect(list.map(({ id }) => id).sort()).toEqual(found.map(({ id }) => id).sort());
    expect((await visitor.fetch(`/api/files/${found[0].id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await visitor.fetch(`/api/files/${found[0].id}/preview.png`)).status).toBe(404);
  });

  test.each([
    ['text', async () => new TextEncoder().encode('this is no image'), /^415 note\.png is not an image/],
    ['a script', async () => new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'), /^415/],
    ['nothing', async () => new Uint8Array(), /^400 note\.png is empty/],
    ['10^9 pixels', async () => pngHeader(31_623, 31_623), /^413 note\.png has 31623 x 31623 pixels/],
    ['4 * 10^18 pixels', async () => pngHeader(2 ** 31 - 1, 2 ** 31 - 1), /^4(13|22)/],
    ['half a PNG', async () => (await disc(200)).subarray(0, 300), /^422 note\.png is a file of the format PNG that cannot be decoded/],
    ['half a DICOM', async () => ctSlice(slice).subarray(0, 1500), /^422 note\.png is a DICOM file that is cut short/],
    [
      'a compressed DICOM without its pixels',
      async () => ctSlice({ ...slice, syntax: '1.2.840.10008.1.2.4.70' }),
      /^422 .*packed pixels are missing/,
    ],
    ['a DICOM without an image', async () => ctSlice({ ...slice, without: [0x7fe00010] }), /^422 .*without an image/],
    ['half an NPY', async () => discNpy().subarray(0, 200), /^422 note\.png is cut short/],
    ['an NPY that claims 10^12 numbers', async () => npyOf('(1000000, 1000000)'), /^422 note\.png is cut short/],
  ])('%s: a sentence, and nothing stays', async (_, bytes, sentence) => {
    expect(await refusal(await visitor.upload(await bytes(), '../x/note.png'))).toMatch(sentence);
    expect(await left()).toEqual([]);
  });

  test('more bytes than are taken end it, stated or not', async () => {
    await open({ limits: { uploadBytes: 2 ** 20 } });
    const sentence = /^413 The file is larger than 1 MB/;
    expect(await refusal(await visitor.upload(await disc(), 'x', { 'Content-Length': String(500 * 2 ** 20) }))).toMatch(sentence);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65536;
        controller.enqueue(new Uint8Array(65536));
      },
    });
    expect(await refusal(await visitor.upload(endless))).toMatch(sentence);
    expect(sent).toBeLessThan(2 ** 21);
    expect(await left()).toEqual([]);
  });

  test('a connection that is lost leaves nothing, and the next upload is served', async () => {
    let pieces = 0;
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (pieces++ < 3) controller.enqueue(new Uint8Array(1000));
        else controller.error(new Error('reset by peer'));
      },
    });
    expect(await refusal(await visitor.upload(broken))).toMatch(/^400 The connection was lost/);
    expect(await left()).toEqual([]);
    await visitor.uploaded(await disc());
  });

  test('a disk that is nearly full takes no uploads', async () => {
    await open({ spare: Number.MAX_SAFE_INTEGER });
    expect(await refusal(await visitor.upload(await disc()))).toMatch(/^507 The disk of the server is nearly full/);
  });

  test('names stay text: no path, no header, and HTML is not read as such', async () => {
    for (const [name, shown] of [
      ['../../../etc/passwd', 'passwd'],
      ['<script>alert(1)</script>.png', 'script>.png'],
      ['<img src=x onerror=alert(1)>.png', '<img src=x onerror=alert(1)>.png'],
      ['a\r\nSet-Cookie: b', 'aSet-Cookie: b'],
    ]) {
      const response = await visitor.upload(await disc(), name);
      expect(response.headers.get('Content-Type')).toBe('application/json');
      expect(((await response.json()) as { name: string }).name).toBe(shown);
    }
    expect(new Set(await left())).toEqual(new Set(['content', 'about.json', 'preview.png']));
    for (const path of [
      '/api/files/..%2f..%2f/preview.png',
      '/api/files/%2e%2e/preview.png',
      '/..%2f..%2fpackage.json',
      '/%2e%2e/%2e%2e/etc/passwd',
    ])
      expect([400, 404]).toContain((await visitor.fetch(path)).status);
  });
});

function npyOf(shape: string): Uint8Array {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117);
  const head = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
  return Buffer.concat([head, Buffer.from(`${text}\n`), Buffer.alloc(64)]);
}
