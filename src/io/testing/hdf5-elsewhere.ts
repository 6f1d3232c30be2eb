import { inflateSync } from 'node:zlib';

// HDF5 files whose numbers are in other files, which h5wasm cannot write. Made by
//
//   import base64, zlib, h5py, numpy as np
//   with h5py.File('external.h5', 'w') as f:
//       f['own'] = np.arange(6, dtype='f4')
//       f.create_dataset('x', shape=(6,), dtype='<f4', external=[('p' * 200, 0, 24)])
//   with h5py.File('virtual.h5', 'w') as f:
//       f['own'] = np.arange(6, dtype='f4')
//       for name, file, source in [('x', 'other.h5', 'data'), ('same', '.', 'own')]:
//           layout = h5py.VirtualLayout(shape=(6,), dtype='f4')
//           layout[:] = h5py.VirtualSource(file, source, shape=(6,))
//           f.create_virtual_dataset(name, layout)
//   for name in ['external', 'virtual']:
//       print(base64.b64encode(zlib.compress(open(f'{name}.h5', 'rb').read(), 9)).decode())

const external = `
eNrr9HBx4+WS4mIAAQ4OBhYGAQZk8B8KJDhQ+TD5BCjNCKU7oPQKJpg4I1hOAiouCDUfXV1IkKsrSPV/NACzx4AFQqO6bhSMFODh6hgAoiOgfFh6OsGEqi6/
PA9MV6ClSwcy7WVkYIWYwQjjQ2xmZIQIsEHVwWhmoDxIRlBBngGSZBUYxDkYxOuh8qwMHGB5JiYmsAEcUPOYGRk4UH3GgJajBgcI9vN3YWRggjmWQYEZv3pY
fq1gHU3DqOmKjabpip1BA8xnhJbBHVCDONDcAUttiHQIL/HRVEbQJX/fQMu3K9hQ1RUMEzC4UmODPaSIdADiBiBe4AAAtIGXFw==`;

const virtual = `
eNrr9HBx4+WS4mIAAQ4OBhYGAQZk8B8KJCRQ+TD5BCjNCKU7oPQKJpg4I1gOqp1BEGo+urqQIFdXkOr/aABmjwELhEZ13SgYKcDD1TEAREdA+QpQ+gQTqrr8
8jwwXQHlFyfmpiKnTwsS7WVkYIXoZYTxISmZkREiwAZVB6OZgfIgGUEFeQYWqEvFORjE66HyrAwcYHkmJiawARxQ85gZgUwwkEBzQcegiodgP38XRqAvOWDx
wIxfPcw3HWz41cHydQXryEjPjMAUQ5N0xQxLV5AQZWGW4EAuoYWgMQfi+dnxZDMwNIzQ8GAa1OFBX9BgDyQcgAiIG4B4gYO7s78PI1LGhJWf3gxoFX5+SUZq
kV6GKUNKYkkiAzOSDCyQGZGyOCMSH5TTBQ0P2iLFBgODM7r5euAinVRz72hsmI/iQwv+0Tp0FIyCUTAKRsEoGAWjYBSMglEwCkbBKEAHAAbURxQ=`;

/** `/own`, six numbers of its own; `/x`, whose numbers are the bytes of another file. @param path of that, at most 200 bytes */
export function externalHdf5(path: string): Uint8Array {
  const bytes = Buffer.from(inflateSync(Buffer.from(external, 'base64')));
  const place = Buffer.alloc(200);
  if (place.write(path) < Buffer.byteLength(path)) throw new RangeError(`${path} is too long`);
  place.copy(bytes, bytes.indexOf('p'.repeat(200)));
  return new Uint8Array(bytes);
}

/** `/own`, six numbers; `/same`, a view of them; `/x`, a view of `/data` in `other.h5`. */
export function virtualHdf5(): Uint8Array {
  return new Uint8Array(inflateSync(Buffer.from(virtual, 'base64')));
}
