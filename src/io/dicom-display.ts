import type { DataSet } from 'dicom-parser';
import { decimal, withAttribute } from './dicom-attributes.js';
import type { Display, LookupTable } from './display.js';

export function displayOf(dataSet: DataSet): Display | undefined {
  const item = dataSet.elements.x00283010?.items?.[0]?.dataSet;
  const table = item && lookupTable(item);
  const voi = withAttribute(dataSet, 'x00281050', 'x00289132');
  const [center, width] = [decimal(voi, 'x00281050'), decimal(voi, 'x00281051')];
  const usable = center !== undefined && width !== undefined && Number.isFinite(center) && width > 0 && width < 1e9;
  if (!table && !usable) return undefined;
  const stated = voi?.string('x00281056')?.trim().toUpperCase();
  // the linear function is not defined under a width of 1, where scaled values (PET, perfusion) put their windows all the same
  const byDefault = usable && width < 1 ? 'exact' : 'linear';
  return {
    table,
    window: usable ? { center, width } : undefined,
    function: stated === 'SIGMOID' ? 'sigmoid' : stated === 'LINEAR_EXACT' ? 'exact' : byDefault,
  };
}

/** The table in an item of a modality or VOI LUT sequence; undefined where it cannot be read. */
export function lookupTable(item: DataSet): LookupTable | undefined {
  const data = item.elements.x00283006;
  if (!data || !item.elements.x00283002) return undefined;
  const [stated, first, bits] = [0, 1, 2].map((k) => item.uint16('x00283002', k));
  if (stated === undefined || first === undefined || bits === undefined || bits < 1 || bits > 16) return undefined;
  const count = stated || 65536;
  const wide = data.length >= 2 * count;
  if (!wide && data.length < count) return undefined;
  const entries = Uint16Array.from({ length: count }, (_, k) =>
    wide ? item.uint16('x00283006', k)! : item.byteArray[data.dataOffset + k],
  );
  // the value mapped first is signed where the pixels are, which its VR says
  const signed = item.elements.x00283002.vr === 'SS' ? item.int16('x00283002', 1)! : first;
  return { first: signed, entries, top: 2 ** bits - 1 };
}
