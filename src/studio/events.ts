import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { EventLog } from './event-log.js';

/** A comment is sent when nothing was for so long: proxies and browsers see that the line is up. */
const HEARTBEAT_MS = 15_000;
/** After so long a browser whose line broke comes back. */
const RETRY_MS = 2000;

/**
 * A log as server-sent events, from the one after `lastId` to the end of the job. 204 where there is nothing more: it ends a browser's
 * tries.
 */
export function eventStream(c: Context, log: EventLog, lastId: string | undefined): Response {
  if (log.ended && log.after(lastId).length === 0) return c.body(null, 204);
  const gone = new AbortController();
  return streamSSE(c, async (stream) => {
    stream.onAbort(() => gone.abort());
    await stream.write(`retry: ${RETRY_MS}\n\n`);
    for (let at = lastId; !stream.aborted; ) {
      // read from the log when the line takes it: a slow reader misses steps, and fills no memory
      for (const { id, event } of log.after(at)) {
        if (stream.aborted) return;
        await stream.writeSSE({ id, event: event.type, data: JSON.stringify(event) });
        at = id;
      }
      if (log.ended && log.after(at).length === 0) return;
      if (log.after(at).length > 0) continue;
      const waited = performance.now();
      await log.next(HEARTBEAT_MS, gone.signal);
      if (performance.now() - waited >= HEARTBEAT_MS - 50 && !stream.aborted) await stream.write(': still here\n\n');
    }
  });
}
