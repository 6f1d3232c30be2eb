/** Text of a file as it may be shown: no control characters, not long. */
export function printable(text: string): string {
  const clean = text.slice(0, 200).replace(/\p{C}/gu, '\uFFFD');
  return clean.length > 100 ? `${clean.slice(0, 99)}\u2026` : clean;
}
