// The packages of cornerstone's codecs, built by Emscripten, come without types.

interface CodecFrameInfo {
  width: number;
  height: number;
  bitsPerSample: number;
  componentCount: number;
  isSigned: boolean;
}

interface CodecDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getFrameInfo(): CodecFrameInfo;
  getDecodedBuffer(): Uint8Array;
  delete(): void;
}

interface CodecEncoder {
  getDecodedBuffer(info: CodecFrameInfo): Uint8Array;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
  delete(): void;
}

interface CodecOptions {
  print(text: string): void;
  printErr(text: string): void;
}

declare module '@cornerstonejs/codec-charls' {
  const load: (options: CodecOptions) => Promise<{ JpegLSEncoder: new () => CodecEncoder & { setNearLossless(bound: number): void } }>;
  export default load;
}

declare module '@cornerstonejs/codec-openjpeg/decode' {
  const load: (options: CodecOptions) => Promise<{ J2KDecoder: new () => CodecDecoder }>;
  export default load;
}

declare module '@cornerstonejs/codec-openjpeg' {
  const load: (options: CodecOptions) => Promise<{
    J2KEncoder: new () => CodecEncoder & { setDecompositions(levels: number): void; setQuality(lossless: boolean, rate: number): void };
  }>;
  export default load;
}
