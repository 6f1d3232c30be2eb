/*
 * Made by SciPy 1.17:
 *   a = np.arange(24, dtype=float).reshape(2, 3, 4)
 *   parameters = {'angles': np.array([0, 90., 180.]), 'distanceSourceDetector': 553.74, 'geometryType': 'fan'}
 *   scan = {'type': '2D', 'sinogram': np.arange(12, dtype=np.float32).reshape(3, 4) / 8, 'parameters': parameters}
 *   savemat(file, {'CtDataFull': scan, 'vol': a, 'flag': np.array([True, False]), 'words': 'hello', 'z': np.array([1+2j]),
 *     'c': np.array([np.int16([1, 2, 3]), 'txt'], dtype=object)}, do_compression=True)
 *   savemat(file, {'m': np.arange(6, dtype=float).reshape(2, 3), 'w': 'text', 'i': np.int32([[1, -2]])}, format='4')
 */

/** Version 5, every variable packed. */
export const packedMat5: Uint8Array = Buffer.from(
  'TUFUTEFCIDUuMCBNQVQtZmlsZSBQbGF0Zm9ybTogcG9zaXgsIENyZWF0ZWQgb246IFN1biBOb3YgMjkgMTE6NTA6MzIgMjAyNgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABSU0PAAAAAQEAAHic42NgYEhgYmBgA9IcQAxkggErlM+IhLmA2LnEJbEk0a00JwemjoWBGyqvCMQllQWpUCOKM/Py04sSc4HMgkQgnVqSWlQMlWPgA2IDBoS9LFjsZYLSICAA5Bm5QPQlIOljR9PHDDULpo8dag8U2DMwNAAxgx0DgwKQngDiA9kOQHoBEB8AshOA9AZ7kD0ejMSFCywcxKF8VyBOzEvPSS1mQAcpmcUliXnJqcH5pUXJqS7AIEkuyS9iSE/NBwZPUWUIIvSQwskDyb9sWNzBjOQOTiCWQLe1IcwBQqc5gMyzIGAesr84oeJBO+RaX/s2OhATb8juEQDy0hLzGADejzC0DwAAAGcAAAB4nF3IzQpFABBA4fEbJVlYWFhIkiTh3suSB1J2ns8j3aWlkbMydfpmJhSRU3M1D+9xtEAzNUuz+Rt67dsqvu6HvKdaHiPsMMMv/ufHmjvGHnP8oWCDCQ5Y4IgetpjiB0uclgtnvA02DwAAACoAAAB4nONjYGAwAGI2IOYAYk4mBjBghfIZgZgJTLMwpOUkpjMBeSAxACQ7AgwPAAAALgAAAHic42NgYHAAYjYg5gBiFgYIYIXyGaFsGF2eX5RSDKQFoPyM1JycfCANAFsMBNIPAAAAKwAAAHic42NgYPAAYjYg5gDRIAIIWKF8RjhmZKgC0pxQcQj4YI/KZ3AAAE4hAo8PAAAAQwAAAHic42NgYFgAxGxAzAHEjAwQwIrEZwLTjAzJQJoPiC2Q1HNhUc+MZA4zVC0j0BRmqH4DJP0sBPQLAHklFSUMAP4MA4c=',
  'base64',
);

/** Version 4. */
export const plainMat4: Uint8Array = Buffer.from(
  'AAAAAAIAAAADAAAAAAAAAAIAAABtAAAAAAAAAAAAAAAAAAAACEAAAAAAAADwPwAAAAAAABBAAAAAAAAAAEAAAAAAAAAUQDMAAAABAAAABAAAAAAAAAACAAAAdwB0ZXh0FAAAAAEAAAACAAAAAAAAAAIAAABpAAEAAAD+////',
  'base64',
);
