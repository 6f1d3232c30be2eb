/** A row of a table of the papers, to print beside ours; never ours. */
export interface PaperRow {
  /** Names of our tables it belongs beside. */
  readonly table: RegExp;
  /** As our columns are called. */
  readonly method: string;
  readonly psnr: number;
  /** Undefined where the figure is not known to us. */
  readonly ssim?: number;
}

const columns = [/abdomen/i, /head/i, /chest/i];

/** Song, Kwon et al., ICLR 2024, table 3: abdomen, head, chest. */
const table3: Readonly<Record<string, ReadonlyArray<readonly [psnr: number, ssim: number]>>> = {
  ReSample: [
    [35.91, 0.965],
    [37.82, 0.978],
    [31.72, 0.922],
  ],
  'PnP-UNet': [
    [32.84, 0.942],
    [33.45, 0.945],
    [29.67, 0.891],
  ],
  'FBP-UNet': [
    [32.77, 0.937],
    [31.95, 0.917],
    [29.78, 0.885],
  ],
  MCG: [
    [29.41, 0.857],
    [28.28, 0.795],
    [27.92, 0.842],
  ],
  DPS: [
    [27.33, 0.715],
    [24.51, 0.665],
    [24.73, 0.682],
  ],
  'Latent-DPS': [
    [26.8, 0.87],
    [28.64, 0.893],
    [25.67, 0.822],
  ],
  FBP: [
    [26.29, 0.727],
    [26.71, 0.725],
    [24.12, 0.655],
  ],
};

const tables: Readonly<Record<string, readonly PaperRow[]>> = {
  table3: Object.entries(table3).flatMap(([method, values]) =>
    values.map(([psnr, ssim], i) => ({ table: columns[i], method, psnr, ssim })),
  ),
  // of CelebA-HQ, a hundred images; the other figures of these tables are not known to us
  table1: [
    { table: /super-resolution/i, method: 'ReSample', psnr: 30.45 },
    { table: /super-resolution/i, method: 'Latent-DPS', psnr: 26.83 },
  ],
  table2: [
    { table: /camera's response/i, method: 'ReSample', psnr: 30.18 },
    { table: /camera's response/i, method: 'Latent-DPS', psnr: 26.18 },
  ],
};

/** The rows of a table of the papers; of one that we have no figures of, none. */
export function paperRows(table: string | undefined): readonly PaperRow[] {
  return table !== undefined && Object.hasOwn(tables, table) ? tables[table] : [];
}

/** Of the row that belongs to one of our columns: `35.91, 0.965`, or nothing. */
export function paperText(rows: readonly PaperRow[], column: string): string {
  const found = rows.find(({ method }) => method === column);
  return found === undefined ? '' : `${found.psnr.toFixed(2)}${found.ssim === undefined ? '' : `, ${found.ssim.toFixed(3)}`}`;
}
