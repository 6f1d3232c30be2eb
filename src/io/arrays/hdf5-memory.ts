const MOST_MEMORY = 2 ** 29 + 2 ** 27;
const PAGE = 65_536;

/**
 * From now on the memory of a library in this realm grows no further than sound HDF5 files need: a damaged one may ask for all there is,
 * which is never given back. The library has no setting for it, and takes a refusal as memory that is used up.
 * @returns what ends this
 */
export function capMemory(): () => void {
  const { prototype } = WebAssembly.Memory;
  const { grow } = prototype;
  prototype.grow = function (this: WebAssembly.Memory, pages: number) {
    if (this.buffer.byteLength + pages * PAGE > MOST_MEMORY) throw new RangeError('more memory than a sound file needs');
    return grow.call(this, pages);
  };
  return () => {
    prototype.grow = grow;
  };
}
