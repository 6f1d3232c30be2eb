import { parentPort, workerData } from 'node:worker_threads';
import type { Tensor } from '../../tensor/tensor.js';
import { messageOf, type Session } from '../session.js';
import { type EngineOptions, ortHost } from './ort-host.js';
import type { Reply, Request } from './worker-host.js';

// The worker's side of worker-host.ts: it owns the sessions, so that only this thread blocks while they run.
const port = parentPort!;
const host = ortHost(workerData as EngineOptions);
const sessions = new Map<number, Session>();
let opened = 0;

port.on('message', async (request: Request) => {
  try {
    const reply = await answer(request);
    port.postMessage(reply, reply.outputs === undefined ? [] : buffersOf(reply.outputs));
    if (request.ask === 'end') port.close();
  } catch (error) {
    port.postMessage({ error: messageOf(error) } satisfies Reply);
  }
});

async function answer(request: Request): Promise<Reply> {
  switch (request.ask) {
    case 'open': {
      sessions.set(opened, await (await host).open(request.model));
      return { session: opened++ };
    }
    case 'run':
      return { outputs: await sessions.get(request.session)!.run(request.feeds) };
    case 'close': {
      await sessions.get(request.session)!.close();
      sessions.delete(request.session);
      return {};
    }
    case 'end':
      return {};
  }
}

function buffersOf(tensors: Readonly<Record<string, Tensor>>): ArrayBuffer[] {
  return [...new Set(Object.values(tensors).map(({ data }) => data.buffer as ArrayBuffer))];
}
