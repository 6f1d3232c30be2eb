import { UserError } from '../../tensor/errors.js';

/**
 * A file beside the page, whole, with its progress.
 * @param size what it ought to have, where the server does not say
 * @throws UserError when it cannot be had
 */
export async function fetchFile(
  url: URL,
  what: string,
  size: number,
  onProgress?: (loaded: number, total: number) => void,
): Promise<Uint8Array> {
  const response = await fetch(url).catch(() => undefined);
  if (response === undefined || !response.ok || response.body === null)
    throw new UserError(
      `${what} could not be loaded${response && !response.ok ? ` (status ${response.status})` : ''}. Check the connection and try again; what was loaded once works offline.`,
    );
  const pieces: Uint8Array[] = [];
  let loaded = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new UserError(`${what} was cut off while it was loaded. Check the connection and try again.`);
    });
    if (done) break;
    pieces.push(value);
    loaded += value.length;
    onProgress?.(loaded, Math.max(size, loaded));
  }
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
