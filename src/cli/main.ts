#!/usr/bin/env node
import { main } from './program.js';

// Who reads the output may have had enough of it (`| head`): what is computed goes on and its files are written.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

process.exitCode = await main(process.argv.slice(2));
