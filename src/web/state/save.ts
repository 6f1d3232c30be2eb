/** Hand a file to the user. */
export function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A name for files that is safe everywhere, of one that may hold anything. */
export function plainName(name: string): string {
  const stem = name.replace(/\.[^.]*$/, '').replace(/[^A-Za-z0-9_-]+/g, '-');
  return stem.replace(/^-+|-+$/g, '').slice(0, 60) || 'picture';
}
