import { type ArrayFile, chooseArray, type NumericArray, recogniseScan } from '../../io/arrays/index.js';
import { openArrays, splitInner } from '../../io/node/index.js';
import { partsOf, type Scan, type ScanParts, scanOf } from '../scan.js';

/** Files of a scan, each perhaps with the name of an array after a colon. */
export interface ScanFiles extends Omit<ScanParts, 'projections' | 'flats' | 'darks' | 'angles' | 'notices'> {
  readonly projections: string;
  readonly flats?: string;
  readonly darks?: string;
  readonly angles?: string | { readonly from: number; readonly to: number };
}

/**
 * Open a scan: one file of a known layout, or arrays out of several files; what is stated overrules what a file says.
 * @returns the scan, and what closes its files
 * @throws UserError when a file cannot be read, or the parts are not of one scan
 */
export async function openScan(files: ScanFiles): Promise<{ scan: Scan; close: () => Promise<void> }> {
  const open = new Map<string, ArrayFile>();
  const close = async (): Promise<void> => {
    for (const file of open.values()) await file.close();
  };
  const fileOf = async (path: string): Promise<ArrayFile> => {
    const known = open.get(path);
    if (known !== undefined) return known;
    const file = await openArrays(path);
    open.set(path, file);
    return file;
  };
  const arrayOf = async (text: string): Promise<NumericArray> => {
    const { path, inner } = splitInner(text);
    return chooseArray(await fileOf(path), inner);
  };
  try {
    const { path, inner } = splitInner(files.projections);
    const file = await fileOf(path);
    const recognised = inner === undefined ? recogniseScan(file) : undefined;
    const known: ScanParts = recognised ? await partsOf(recognised, file) : { projections: chooseArray(file, inner) };
    const { projections: _, flats, darks, angles, ...stated } = files;
    const parts: ScanParts = {
      ...known,
      ...Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined)),
      ...(flats !== undefined && { flats: await arrayOf(flats) }),
      ...(darks !== undefined && { darks: await arrayOf(darks) }),
      ...(angles !== undefined && { angles: typeof angles === 'string' ? await arrayOf(angles) : angles, angleUnit: stated.angleUnit }),
    };
    return { scan: await scanOf(parts), close };
  } catch (error) {
    await close();
    throw error;
  }
}
