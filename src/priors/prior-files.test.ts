import { describe, expect, test } from 'vitest';
import { UserError } from '../tensor/errors.js';
import { checkRelativePath, everyFile, findPriorFiles } from './prior-files.js';

const files = (paths: readonly string[], at?: string) => {
  const found = findPriorFiles(paths, at);
  return found && { kind: found.kind, base: found.base, files: everyFile(found) };
};

describe('the files of a prior', () => {
  test('ours: configuration and weights', () => {
    expect(files(['card.md', 'config.json', 'model.safetensors', 'train.json'])).toEqual({
      kind: 'model',
      base: '',
      files: ['config.json', 'model.safetensors'],
    });
  });

  test('diffusers: the components of a prior, safetensors first, then full precision', () => {
    const paths = [
      'model_index.json',
      'safety_checker/config.json',
      'safety_checker/model.safetensors',
      'scheduler/scheduler_config.json',
      'unet/config.json',
      'unet/diffusion_pytorch_model.bin',
      'unet/diffusion_pytorch_model.fp16.safetensors',
      'vae/config.json',
      'vae/diffusion_pytorch_model.fp16.bin',
      'vae/diffusion_pytorch_model.bin',
    ];
    expect(files(paths)).toEqual({
      kind: 'diffusers',
      base: '',
      files: [
        'model_index.json',
        'unet/config.json',
        'unet/diffusion_pytorch_model.fp16.safetensors',
        'vae/config.json',
        'vae/diffusion_pytorch_model.bin',
        'scheduler/scheduler_config.json',
      ],
    });
    expect(files(paths, 'vae')).toEqual({ kind: 'model', base: 'vae', files: ['config.json', 'diffusion_pytorch_model.bin'] });
    expect(files(paths, 'vae/diffusion_pytorch_model.fp16.bin')).toEqual({
      kind: 'model',
      base: 'vae',
      files: ['config.json', 'diffusion_pytorch_model.fp16.bin'],
    });
    expect(files(paths, 'scheduler')).toBeUndefined();
  });

  test('a lone checkpoint: safetensors, then .ckpt, the first by name; the others are told', () => {
    expect(findPriorFiles(['b.ckpt', 'a.ckpt', 'c.pt', 'notes.txt'])).toMatchObject({
      kind: 'file',
      components: { '': { weights: 'a.ckpt' } },
      others: ['b.ckpt', 'c.pt'],
    });
    expect(files(['a.ckpt', 'z.safetensors'])?.files).toEqual(['z.safetensors']);
    expect(files(['x/a.ckpt', 'config.json'])).toBeUndefined();
    expect(files(['x/a.ckpt'], 'x/a.ckpt')).toEqual({ kind: 'file', base: 'x', files: ['a.ckpt'] });
    expect(files(['README.md'])).toBeUndefined();
    expect(files(['README.md'], 'nowhere')).toBeUndefined();
  });

  test('weights in several files: their index, and these', () => {
    const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    const index = 'model.safetensors.index.json';
    expect(files(['config.json', index, ...shards])).toEqual({ kind: 'model', base: '', files: ['config.json', index, ...shards] });
    expect(findPriorFiles([...shards, index, 'other-00001-of-00002.safetensors'])).toMatchObject({
      kind: 'file',
      components: { '': { weights: index, shards } },
      others: ['other-00001-of-00002.safetensors'],
    });
    const deep = [index, ...shards].map((name) => `vae/${name.replace('model', 'diffusion_pytorch_model')}`);
    expect(files(['vae/config.json', ...deep, 'model-00001-of-00002.safetensors'])?.files).toEqual(['vae/config.json', ...deep]);
    expect(files(['x/a', ...[index, ...shards].map((name) => `x/${name}`)], `x/${index}`)).toEqual({
      kind: 'file',
      base: 'x',
      files: [index, ...shards],
    });
  });

  test('a weights file of another name does not take the configuration beside it', () => {
    expect(files(['config.json', 'model.safetensors', 'other.safetensors'], 'other.safetensors')).toEqual({
      kind: 'file',
      base: '',
      files: ['other.safetensors'],
    });
  });
});

test.each(['../a', 'a/../../b', '/a', 'a//b', './a', 'a\\..\\b', 'C:a', 'a/', '', 'a\nb', '..'])('%j leads out of its folder', (path) => {
  expect(() => checkRelativePath(path)).toThrow(UserError);
});

test.each(['a', 'unet/model.safetensors', 'a..b/c...d', 'with space/ä.json'])('%j does not', (path) => {
  expect(() => checkRelativePath(path)).not.toThrow();
});
