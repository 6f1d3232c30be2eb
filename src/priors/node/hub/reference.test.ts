import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../tensor/errors.js';
import { formatHubReference, parseHubReference } from './reference.js';
import { cacheFolder, hubSettings } from './settings.js';

describe('hf: names', () => {
  test.each([
    ['hf:CompVis/ldm-celebahq-256', { repo: 'CompVis/ldm-celebahq-256', revision: 'main', path: '' }],
    ['hf:a/b@v1.0', { repo: 'a/b', revision: 'v1.0', path: '' }],
    ['hf:a/b@refs%2Fpr%2F1/vqvae', { repo: 'a/b', revision: 'refs/pr/1', path: 'vqvae' }],
    ['hf:a/b/sub/model.ckpt', { repo: 'a/b', revision: 'main', path: 'sub/model.ckpt' }],
  ])('%s', (text, reference) => {
    expect(parseHubReference(text)).toEqual(reference);
    expect(formatHubReference(parseHubReference(text))).toBe(text);
  });

  test('a slash at the end changes nothing', () => {
    expect(parseHubReference('hf:a/b/')).toEqual(parseHubReference('hf:a/b'));
  });

  test.each(['hf:', 'hf:a', 'hf:/b', 'hf:a/b@', 'hf:a/b@..', 'hf:a b/c', 'hf:../b', 'hf:a/..', 'hf:a/b/../c', 'hf:a/b//c', 'hf:a/b..c/d'])(
    '%s is none',
    (text) => {
      expect(() => parseHubReference(text)).toThrow(UserError);
    },
  );
});

test('the cache folder: its own variable, the XDG one, the place of the platform', () => {
  expect(cacheFolder({ POSTERIORI_CACHE: '/x', XDG_CACHE_HOME: '/y' }, 'linux')).toBe('/x');
  expect(cacheFolder({ XDG_CACHE_HOME: '/y' }, 'linux')).toBe(join('/y', 'posteriori'));
  expect(cacheFolder({ XDG_CACHE_HOME: 'relative' }, 'linux')).toBe(join(homedir(), '.cache', 'posteriori'));
  expect(cacheFolder({}, 'darwin')).toBe(join(homedir(), 'Library', 'Caches', 'posteriori'));
  expect(cacheFolder({ LOCALAPPDATA: 'L' }, 'win32')).toBe(join('L', 'posteriori', 'Cache'));
});

test('the endpoint loses its last slash and must be an address', () => {
  expect(hubSettings({}).endpoint).toBe('https://huggingface.co');
  expect(hubSettings({ HF_ENDPOINT: 'https://mirror.example/hf/' }).endpoint).toBe('https://mirror.example/hf');
  expect(() => hubSettings({ HF_ENDPOINT: 'mirror' })).toThrow(/HF_ENDPOINT is "mirror"/);
});
