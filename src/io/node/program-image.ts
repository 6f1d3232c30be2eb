/** What a WebAssembly program exports that is loaded meanwhile; its own loader shows it to nobody. */
export async function exportsOf(load: () => Promise<unknown>): Promise<WebAssembly.Exports> {
  let exports: WebAssembly.Exports | undefined;
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = (async (code: BufferSource, imports?: WebAssembly.Imports) => {
    const made = await instantiate(code, imports);
    exports = made.instance.exports;
    return made;
  }) as typeof instantiate;
  try {
    await load();
  } finally {
    WebAssembly.instantiate = instantiate;
  }
  if (exports === undefined) throw new Error('no WebAssembly program was loaded');
  return exports;
}

/**
 * The memory of a program as it is now, and its global variables, of which one is the place in its stack.
 * @returns what puts them back: nothing of what the program did since is left then, unless it lives outside
 */
export function imageOf(exports: WebAssembly.Exports): () => void {
  const memory = exports.memory as WebAssembly.Memory;
  const image = new Uint8Array(memory.buffer).slice();
  const globals = Object.values(exports).filter((it) => it instanceof WebAssembly.Global) as WebAssembly.Global[];
  const values = globals.map(({ value }) => value);
  return () => {
    const bytes = new Uint8Array(memory.buffer);
    bytes.set(image);
    bytes.fill(0, image.length);
    globals.forEach((global, i) => {
      if (global.value !== values[i]) global.value = values[i];
    });
  };
}
