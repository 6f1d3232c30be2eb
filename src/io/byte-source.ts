/** Bytes that are read by range: a file of any size, a download, a `Blob`. */
export interface ByteSource {
  /** For messages: a path or a file name. */
  readonly name: string;
  /** Bytes in all. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`. @throws UserError when they are not all there */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}
