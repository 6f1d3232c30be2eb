import type { DataSet } from 'dicom-parser';

/**
 * Where an attribute stands: in the file itself, or for enhanced multi-frame files in a functional group, one for all frames or the
 * frame's own (PS3.3 C.7.6.16).
 */
export function withAttribute(dataSet: DataSet, tag: string, group: string, frame = 0): DataSet | undefined {
  if (dataSet.elements[tag]) return dataSet;
  for (const [functionalGroups, item] of [
    ['x52009229', 0],
    ['x52009230', frame],
  ] as const) {
    const found = dataSet.elements[functionalGroups]?.items?.[item]?.dataSet?.elements[group]?.items?.[0]?.dataSet;
    if (found?.elements[tag]) return found;
  }
  return undefined;
}

/**
 * One value of a decimal or integer string (DS, IS), which may hold several; undefined when absent or empty. (The parser's own reader
 * throws on too few values.)
 */
export function decimal(dataSet: DataSet | undefined, tag: string, index = 0): number | undefined {
  const text = dataSet?.string(tag)?.split('\\')[index]?.trim();
  return text ? Number(text) : undefined;
}
