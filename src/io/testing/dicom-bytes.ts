/** One element: group and element number, type, and value (string, numbers of the type, or nested elements for a sequence of one item). */
export type DicomElement = readonly [
  tag: number,
  vr: 'US' | 'SS' | 'UL' | 'UI' | 'DS' | 'IS' | 'CS' | 'LO' | 'OB' | 'OW' | 'SQ',
  value: string | readonly number[] | readonly DicomElement[] | Encapsulated,
];

/** Packed pixels, in pieces (PS3.5 A.4). */
export interface Encapsulated {
  readonly fragments: readonly Uint8Array[];
  /** Where each frame starts, counted from the first piece. */
  readonly offsets?: readonly number[];
}

export const explicitLittle = '1.2.840.10008.1.2.1';
export const implicitLittle = '1.2.840.10008.1.2';
export const explicitBig = '1.2.840.10008.1.2.2';

/** A DICOM file (PS3.10) with these elements after its header, for tests: the writing side of PS3.5 section 7. */
export function dicomBytes(elements: readonly DicomElement[], syntax = explicitLittle): Uint8Array {
  const meta = encodeAll([[0x00020010, 'UI', syntax]], true, true);
  const header = encode([0x00020000, 'UL', [meta.length]], true, true);
  const sorted = [...elements].sort((a, b) => a[0] - b[0]);
  const body = encodeAll(sorted, syntax !== explicitBig, syntax !== implicitLittle);
  return Uint8Array.from([...new Array(128).fill(0), ...ascii('DICM'), ...header, ...meta, ...body]);
}

export interface SliceOptions {
  rows: number;
  columns: number;
  /** Stored values, row by row. */
  stored: readonly number[];
  signed?: boolean;
  bits?: 8 | 16;
  syntax?: string;
  /** Elements added to, or replacing, those of a plain CT slice. */
  extra?: readonly DicomElement[];
  /** Tags to leave out. */
  without?: readonly number[];
}

/** A CT slice with rescale slope 1, intercept -1024, pixels of 0.8 mm, window 40/400. */
export function ctSlice({
  rows,
  columns,
  stored,
  signed = true,
  bits = 16,
  syntax = explicitLittle,
  extra = [],
  without = [],
}: SliceOptions): Uint8Array {
  const plain: DicomElement[] = [
    [0x00080060, 'CS', 'CT'],
    [0x00280002, 'US', [1]],
    [0x00280004, 'CS', 'MONOCHROME2'],
    [0x00280010, 'US', [rows]],
    [0x00280011, 'US', [columns]],
    [0x00280030, 'DS', '0.8\\0.8'],
    [0x00280100, 'US', [bits]],
    [0x00280101, 'US', [bits]],
    [0x00280102, 'US', [bits - 1]],
    [0x00280103, 'US', [signed ? 1 : 0]],
    [0x00281050, 'DS', '40'],
    [0x00281051, 'DS', '400'],
    [0x00281052, 'DS', '-1024'],
    [0x00281053, 'DS', '1'],
    [0x7fe00010, bits === 8 ? 'OB' : 'OW', stored],
  ];
  const elements = new Map([...plain, ...extra].map((element) => [element[0], element]));
  for (const tag of without) elements.delete(tag);
  return dicomBytes([...elements.values()], syntax);
}

function encodeAll(elements: readonly DicomElement[], little: boolean, explicit: boolean): number[] {
  return elements.flatMap((element) => encode(element, little, explicit));
}

function encode([tag, vr, value]: DicomElement, little: boolean, explicit: boolean): number[] {
  const u16 = (n: number) => (little ? [n & 255, (n >> 8) & 255] : [(n >> 8) & 255, n & 255]);
  const u32 = (n: number) => (little ? [...u16(n & 0xffff), ...u16(n >>> 16)] : [...u16(n >>> 16), ...u16(n & 0xffff)]);
  const number = vr === 'OB' ? (n: number) => [n & 255] : vr === 'UL' ? u32 : u16;
  const sequence = (items: readonly DicomElement[]) => {
    const item = encodeAll(items, little, explicit);
    return [...u16(0xfffe), ...u16(0xe000), ...u32(item.length), ...item];
  };
  if (typeof value === 'object' && 'fragments' in value) return encapsulated(tag, value, u16, u32);
  const bytes =
    typeof value === 'string'
      ? ascii(value)
      : vr === 'SQ'
        ? sequence(value as readonly DicomElement[])
        : (value as readonly number[]).flatMap(number);
  if (bytes.length % 2) bytes.push(vr === 'UI' || vr === 'OB' ? 0 : 32);
  const long = vr === 'OB' || vr === 'OW' || vr === 'SQ';
  const length = !explicit ? u32(bytes.length) : long ? [...ascii(vr), 0, 0, ...u32(bytes.length)] : [...ascii(vr), ...u16(bytes.length)];
  return [...u16(tag >>> 16), ...u16(tag & 0xffff), ...length, ...bytes];
}

function encapsulated(
  tag: number,
  { fragments, offsets = [] }: Encapsulated,
  u16: (n: number) => number[],
  u32: (n: number) => number[],
): number[] {
  const item = (bytes: readonly number[]) => [...u16(0xfffe), ...u16(0xe000), ...u32(bytes.length), ...bytes];
  const even = (bytes: Uint8Array) => (bytes.length % 2 ? [...bytes, 0] : [...bytes]);
  const items = [item(offsets.flatMap(u32)), ...fragments.map((fragment) => item(even(fragment)))].flat();
  const head = [...u16(tag >>> 16), ...u16(tag & 0xffff), ...ascii('OB'), 0, 0, ...u32(0xffffffff)];
  return [...head, ...items, ...u16(0xfffe), ...u16(0xe0dd), ...u32(0)];
}

/** A CT slice, or several frames of one, whose pixels are packed. */
export function packedSlice(options: Omit<SliceOptions, 'stored'>, pixels: Encapsulated): Uint8Array {
  const frames: DicomElement[] = (pixels.offsets?.length ?? 0) > 1 ? [[0x00280008, 'IS', String(pixels.offsets!.length)]] : [];
  return ctSlice({ ...options, stored: [], extra: [...frames, ...(options.extra ?? []), [0x7fe00010, 'OB', pixels]] });
}

function ascii(text: string): number[] {
  return [...text].map((ch) => ch.charCodeAt(0));
}
