/** As long as anybody's list shows. */
const LONGEST = 120;

/**
 * What a user calls a file, fit for lists and reports: its last part, without what steers terminals or turns the direction of writing. It
 * names no file of ours, and stays text: whoever shows it as HTML must escape it.
 */
export function shownName(given: string): string {
  const last = given.split(/[\\/]/).at(-1) ?? '';
  const plain = last.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '').trim();
  return [...plain].slice(0, LONGEST).join('') || 'upload';
}
