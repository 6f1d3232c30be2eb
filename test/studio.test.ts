import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { studioClient } from '../src/studio/client.js';
import { disc, refusal } from '../src/studio/testing/test-studio.js';
import { posteriori } from './command-line.js';
import { memoryOf, studioData, studioProcess } from './studio-process.js';

const quick = { method: 'tv', set: { iterations: 10 }, size: 48, angles: 6, baseline: 'none' } as const;
const long = { ...quick, method: 'sirt', set: { iterations: 1500 }, sigma: 0 } as const;

describe('posteriori studio', () => {
  test('killed and started again: what was done is there, what ran and waited goes on', async () => {
    const data = await studioData();
    const first = await studioProcess(data);
    const visitor = first.visitor();
    const { id: image } = await visitor.uploaded(await disc());
    const done = await visitor.submitted({ image, ...quick });
    await visitor.events(done.id);
    const ran = await visitor.submitted({ image, ...long });
    const waited = await visitor.submitted({ image, ...quick });
    await vi.waitUntil(async () => (await visitor.job(ran.id)).progress, { timeout: 60_000 });
    await first.end('SIGKILL');
    await expect(visitor.job(ran.id)).rejects.toThrow();

    const second = await studioProcess(data);
    expect(second.stderr()).toContain('2 jobs that waited or ran when it last ended go on.');
    const back = visitor.at(new URL(second.address).origin);
    expect((await back.fetch(`/api/jobs/${done.id}/report.html`)).status).toBe(200);
    for (const { id } of [ran, waited]) expect((await back.events(id)).at(-1)?.type).toBe('done');
    const [a, b] = [await back.job(ran.id), await back.job(waited.id)];
    expect(Date.parse(b.started!)).toBeGreaterThanOrEqual(Date.parse(a.finished!));
    expect(await second.end('SIGINT')).toBe(0);
    expect(second.stderr()).toContain('Results are kept');
  });

  test('500 MB, and a line that breaks in the middle: the server says so where it can, and goes on', async () => {
    const studio = await studioProcess(await studioData(), '--max-upload', '2MB');
    const { hostname, port } = new URL(studio.address);
    const send = async (headers: string, pieces: number) => {
      const socket = connect(Number(port), hostname);
      let heard = '';
      socket.on('data', (chunk) => (heard += chunk)).on('error', () => {});
      socket.write(`POST /api/files HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${headers}\r\n\r\n`);
      for (let k = 0; k < pieces && !socket.destroyed; k++) {
        socket.write(Buffer.alloc(65536));
        await wait(1);
      }
      if (pieces > 10) await Promise.race([once(socket, 'close'), wait(3000)]);
      socket.destroy();
      return heard;
    };
    expect(await send(`Content-Length: ${500 * 2 ** 20}`, 100)).toMatch(/413 [\s\S]*larger than 2 MB/);
    await send('Content-Length: 1000000', 3);
    const visitor = studio.visitor();
    const { id: image } = await visitor.uploaded(await disc());
    const { id } = await visitor.submitted({ image, ...quick });
    expect((await visitor.events(id)).at(-1)?.type).toBe('done');
    expect(memoryOf(studio.pid)?.peak ?? 0).toBeLessThan(300);
    expect(studio.stderr()).toBe('');
  });

  test('beyond this machine it asks for a token, and says so; two do not share a folder; wrong flags are told', async () => {
    const data = await studioData();
    const studio = await studioProcess(data, '--host', '0.0.0.0');
    const url = new URL(studio.address);
    url.hostname = '127.0.0.1';
    expect(studio.stderr()).toMatch(/reached from other machines.*token/);
    expect(await refusal(await fetch(new URL('/api/jobs', url)))).toMatch(/^401/);
    const client = studioClient(url.origin, { headers: { Authorization: `Bearer ${url.searchParams.get('token')}` } });
    const limits = await client.api.limits.$get();
    expect(limits.ok && (await limits.json())).toMatchObject({ queue: 100 });
    const jobs = await client.api.jobs.$get({ query: {} });
    expect(jobs.ok && (await jobs.json())).toEqual([]);

    const fails = async (...args: string[]) => (await posteriori(['studio', '--port', '0', ...args], { cwd: data })).stderr;
    expect(await fails('--data', data)).toMatch(/Another studio is at work/);
    expect(await fails('--data', `${data}/x`, '--token', 'short')).toMatch(/can be guessed/);
    expect(await fails('--data', `${data}/x`, '--port', url.port, '--host', '0.0.0.0')).toMatch(/another program listens there/);
    expect(await fails('--max-upload', 'much')).toMatch(/a size, as in 64MB/);
  });
});
