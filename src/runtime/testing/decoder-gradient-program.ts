import { createNodeRuntime } from '../node/index.js';
import type { Device } from '../runtime.js';
import { smallDecoderGradient } from './small-decoder.js';

// Run as a process of its own: `node decoder-gradient-program.mjs DEVICE`; prints the gradient as JSON.
const runtime = await createNodeRuntime({ device: process.argv[2] as Device });
const { outputs, feeds } = smallDecoderGradient();
const compiled = await runtime.compile(outputs);
const { loss, gradient } = await compiled.run(feeds);
await runtime.dispose();
process.stdout.write(JSON.stringify({ loss: loss.data[0], shape: gradient.shape, gradient: [...gradient.data] }));
