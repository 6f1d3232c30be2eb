import { provideOpenJpeg } from '../codecs/jpeg-2000.js';

// loaded when the first frame in JPEG 2000 comes
provideOpenJpeg(async () => (await import('@cornerstonejs/codec-openjpeg/decode')).default);
