import { describe, expect, test } from 'vitest';
import type { FileView } from './api.js';
import { disc, refusal, testStudio, Visitor } from './testing/test-studio.js';

const secret = 'a-token-of-some-length';

describe('who may ask', () => {
  test('requests of other sites are refused, whatever they ask', async () => {
    const { app } = await testStudio();
    const ask = (method: string, path: string, headers: Record<string, string>) => app.request(path, { method, headers });
    const foreign: Record<string, string>[] = [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { Origin: 'http://evil.example' },
      { Origin: 'null' },
    ];
    for (const headers of foreign) {
      expect(await refusal(await ask('POST', '/api/jobs', headers))).toMatch(/403 .*another site/);
      expect(await refusal(await ask('DELETE', '/api/jobs/mf3k2q9x-00112233aabbccdd', headers))).toMatch(/403/);
      const read = await ask('GET', '/api/jobs', headers);
      expect(read.status).toBe(403);
      // or the user's own cookie would be replaced, which a strict one is not sent along with
      expect(read.headers.getSetCookie()).toEqual([]);
      expect((await ask('GET', '/', headers)).status).toBe(200);
    }
    const own: Record<string, string>[] = [
      {},
      { 'Sec-Fetch-Site': 'same-origin', Origin: 'http://localhost' },
      { 'Sec-Fetch-Site': 'none' },
    ];
    for (const headers of own) expect((await ask('GET', '/api/jobs', headers)).status).toBe(200);
  });

  test('a name that somebody points at this machine is not served', async () => {
    const { app } = await testStudio();
    expect(await refusal(await app.request('http://rebound.example/api/jobs'))).toMatch(/421 .*name/);
    expect((await app.request('http://rebound.example/')).status).toBe(421);
    for (const host of ['127.0.0.1:4747', '[::1]:4747', 'localhost'])
      expect((await app.request(`http://${host}/api/jobs`)).status).toBe(200);
  });

  test('beyond this machine nothing goes without the token', async () => {
    const { app, token } = await testStudio({ host: '0.0.0.0' });
    expect(token).toMatch(/^[\w-]{32}$/);
    for (const path of ['/', '/api/jobs', '/api/methods', '/api/openapi.json'])
      expect(await refusal(await app.request(path))).toMatch(/401 .*asks for a token/);
    expect((await app.request('http://studio.example/api/jobs', { headers: { Authorization: `Bearer ${token}` } })).status).toBe(200);
  });

  test('a wrong token, a short one, and the address that leaves a cookie', async () => {
    const { app } = await testStudio({ token: secret });
    const bearer = (token: string) => app.request('/api/limits', { headers: { Authorization: `Bearer ${token}` } });
    expect((await bearer(secret)).status).toBe(200);
    for (const wrong of ['x', secret.slice(1), `${secret}x`, secret.toUpperCase()])
      expect(await refusal(await bearer(wrong))).toBe('401 The token is wrong.');
    expect((await app.request(`/api/limits?token=wrong`)).status).toBe(401);

    const visitor = new Visitor((url, init) => app.request(url, init));
    const first = await visitor.fetch(`/?x=1&token=${secret}`);
    expect([first.status, first.headers.get('Location')]).toEqual([303, '/?x=1']);
    expect(first.headers.getSetCookie()[0]).toMatch(/HttpOnly/);
    expect(first.headers.getSetCookie()[0]).not.toContain(secret);
    expect((await visitor.fetch('/api/limits')).status).toBe(200);
    await expect(testStudio({ token: 'short' })).rejects.toThrow(/can be guessed/);
  });

  test('a browser is a user: strict cookie, own files, and those of others are not there', async () => {
    const { app } = await testStudio();
    const [one, other] = [1, 2].map(() => new Visitor((url, init) => app.request(url, init)));
    const response = await one.upload(await disc(), 'mine.png');
    const { id } = (await response.json()) as FileView;
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(response.headers.getSetCookie()[0]).toMatch(/HttpOnly; SameSite=Strict/);
    const job = await one.submitted({ image: id, method: 'fbp', size: 48, angles: 6, baseline: 'none' });
    expect((await one.events(job.id)).at(-1)?.type).toBe('done');
    expect((await one.fetch('/api/files')).headers.getSetCookie()).toEqual([]);

    expect(await (await other.fetch('/api/files')).json()).toEqual([]);
    expect(await (await other.fetch('/api/jobs')).json()).toEqual([]);
    for (const [method, path] of [
      ['GET', `/api/files/${id}/preview.png`],
      ['DELETE', `/api/files/${id}`],
      ['GET', `/api/jobs/${job.id}`],
      ['GET', `/api/jobs/${job.id}/events`],
      ['GET', `/api/jobs/${job.id}/reconstruction.png`],
      ['DELETE', `/api/jobs/${job.id}`],
    ])
      expect(await refusal(await other.fetch(path, { method }))).toMatch(/^404 There is no such/);
    expect(await refusal(await other.submit({ image: id, method: 'fbp' }))).toMatch(/^404/);
    expect((await one.fetch(`/api/jobs/${job.id}/reconstruction.png`)).status).toBe(200);
  });

  test('every answer says what a browser may do with it', async () => {
    const { app } = await testStudio();
    for (const path of ['/', '/api/limits', '/nowhere', '/api/nowhere']) {
      const { headers } = await app.request(path);
      expect(headers.get('Content-Security-Policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(headers.get('Content-Security-Policy')).not.toContain('unsafe-inline');
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(headers.get('Referrer-Policy')).toBe('no-referrer');
      expect(headers.get('Access-Control-Allow-Origin')).toBeNull();
    }
  });
});
