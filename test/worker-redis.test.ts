import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { PREFIX } from '../src/experiments/node/bench/redis.js';
import type { Trade } from '../src/experiments/node/bench/trade.js';
import { work } from '../src/experiments/node/bench/worker.js';
import { freePort, redisServer, startRedis } from './redis-server.js';

interface Told {
  readonly n: number;
}

/** A queue of one kind of job, and what does them. */
function tradeOf(queue: string, each: (n: number, signal: AbortSignal) => Promise<void>, discarded: number[] = []): Trade<Told, Told> {
  return {
    queue,
    mostLost: 2,
    hire: () => ({
      work: async ({ data }, signal) => {
        await each(data.n, signal);
        return data;
      },
      discard: async ({ data }) => void discarded.push(data.n),
      close: () => {},
    }),
    nameOf: ({ n }) => `${queue}${n}`,
    told: () => 'done',
  };
}

async function queues() {
  const folder = await mkdtemp(join(tmpdir(), 'posteriori-queue-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const port = await freePort();
  await startRedis(port, folder);
  const connection = new Redis(port, { maxRetriesPerRequest: null });
  onTestFinished(() => connection.disconnect());
  const put = async (name: string, count: number) => {
    const queue = new Queue(name, { connection, prefix: PREFIX });
    for (let n = 1; n <= count; n++) await queue.add('job', { n }, { jobId: `${name}-${n}` });
    return queue;
  };
  return { url: `redis://127.0.0.1:${port}`, connection, put };
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

describe.skipIf(redisServer === undefined)('a worker', () => {
  test('takes from every queue in turn, and no more at once than it has places', async () => {
    const { url, put } = await queues();
    await put('a', 7);
    await put('b', 2);
    const begun: string[] = [];
    let [now, most] = [0, 0];
    const each = (name: string) => async (n: number) => {
      begun.push(`${name}${n}`);
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 20));
      now--;
    };
    const lines: string[] = [];
    const trades = [tradeOf('a', each('a')), tradeOf('b', each('b'))];
    await work({ url, workers: 2, idle: 0.5, onEnd: (line) => lines.push(line) }, trades);
    expect(begun).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'a4', 'a5', 'a6', 'a7']);
    expect(most).toBe(2);
    expect(lines).toContain('b2: done');
  });

  test('fails what was lost with its worker too often', async () => {
    const { url, put, connection } = await queues();
    const queue = await put('a', 1);
    let begun = 0;
    const lose = async () => {
      begun++;
      // as if its worker had died: nobody holds it, and it is not given back
      await connection.del(`${PREFIX}:a:a-1:lock`);
      throw new Error('no answer comes');
    };
    const stop = new AbortController();
    const working = work({ url, lock: 100, signal: stop.signal }, [tradeOf('a', lose)]);
    await vi.waitUntil(async () => (await queue.getJobState('a-1')) === 'failed', { timeout: 30_000 });
    expect(begun).toBe(3);
    expect((await queue.getJob('a-1'))?.failedReason).toMatch(/stalled/);
    stop.abort();
    await working;
  });

  test('stops what was withdrawn, and goes on; gives back what it has when it ends', async () => {
    const { url, put, connection } = await queues();
    const queue = await put('a', 2);
    const begun: number[] = [];
    const discarded: number[] = [];
    const stop = new AbortController();
    const trade = tradeOf(
      'a',
      (n, signal) => {
        begun.push(n);
        return untilAborted(signal);
      },
      discarded,
    );
    const working = work({ url, signal: stop.signal }, [trade]);
    await vi.waitUntil(() => begun.length === 1, { timeout: 30_000 });
    await connection.del(`${PREFIX}:a:a-1:lock`);
    await (await queue.getJob('a-1'))?.remove();
    await vi.waitUntil(() => begun.length === 2, { timeout: 30_000 });
    expect(discarded).toEqual([1]);
    stop.abort();
    await working;
    expect(await queue.getJobState('a-2')).toBe('waiting');
  });
});
