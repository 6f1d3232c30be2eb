import { Redis } from 'ioredis';
import { UsageError, UserError } from '../../../tensor/errors.js';

/** The queue of benches, as Redis knows it. A job of it is a run; its data is the run's spec, what it returns the record. */
export const QUEUE = 'bench';
export const PREFIX = 'posteriori';

export interface RedisServer {
  /** Host and port, without the password, for messages. */
  readonly name: string;
  readonly redis: Redis;
  /** One more connection, as those need that wait for something. */
  another(): Redis;
  close(): void;
}

/**
 * A connection to Redis (or Valkey) that outlives the server: what is asked meanwhile waits until it is back.
 * @param url `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`, or `rediss:` for TLS
 * @throws UsageError for another URL; UserError when there is nobody, or the password is wrong
 */
export async function connectRedis(url: string, onNotice: (notice: string, away: boolean) => void = () => {}): Promise<RedisServer> {
  const name = nameOf(url);
  await tryOut(url, name);
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: (times) => Math.min(times * 100, 2000) });
  let away = false;
  redis.on('close', () => {
    if (!away && redis.status !== 'end') onNotice(`Redis at ${name} went away; waiting for it.`, true);
    away = true;
  });
  redis.on('ready', () => {
    if (away) onNotice(`Redis at ${name} is back.`, false);
    away = false;
  });
  redis.on('error', () => {}); // told by `close`
  const others: Redis[] = [];
  return {
    name,
    redis,
    another: () => {
      const other = redis.duplicate();
      other.on('error', () => {});
      others.push(other);
      return other;
    },
    close: () => {
      away = true;
      for (const one of [redis, ...others]) one.disconnect();
    },
  };
}

function nameOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['redis:', 'rediss:'].includes(parsed.protocol) || parsed.hostname === '')
    throw new UsageError(`"${url.replace(/\/\/.*@/, '//...@')}" is no address of a Redis server. It has the form redis://HOST:6379.`);
  return `${parsed.hostname}:${parsed.port || 6379}`;
}

async function tryOut(url: string, name: string): Promise<void> {
  const probe = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0, connectTimeout: 5000 });
  let reason: Error | undefined;
  probe.on('error', (error) => {
    reason = error;
  });
  try {
    await probe.connect();
    await probe.ping();
  } catch (error) {
    const message = `${reason?.message ?? ''} ${(error as Error).message}`;
    if (/WRONGPASS|NOAUTH|invalid password|without any password/i.test(message))
      throw new UserError(`Redis at ${name} does not accept the password. It goes into the address: redis://:PASSWORD@${name}.`);
    throw new UserError(`There is no Redis at ${name} (${(reason ?? (error as Error)).message}). Start one, or correct the address.`);
  } finally {
    probe.disconnect();
  }
}
