import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseGeometry } from '../src/operators/index.js';

const docs = join(dirname(fileURLToPath(import.meta.url)), '..', 'docs');
const page = readFileSync(join(docs, 'geometry.md'), 'utf8');
const names = readdirSync(join(docs, 'geometry')).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []));

test.each(names)('the example %s is a geometry, and has its picture on the page', (name) => {
  const geometry = parseGeometry(JSON.parse(readFileSync(join(docs, 'geometry', `${name}.json`), 'utf8')), name);
  expect(geometry.beam ?? 'parallel').toBe(name.split('-')[0]);
  for (const file of [`${name}.json`, `${name}.svg`]) expect(page).toContain(`(geometry/${file})`);
});

test('the page speaks of every field, and the examples have every one', () => {
  const fields = new Set(names.flatMap((name) => Object.keys(JSON.parse(readFileSync(join(docs, 'geometry', `${name}.json`), 'utf8')))));
  for (const field of [...fields, 'muMax']) expect(page).toContain(`| \`${field}\` |`);
  expect([...fields]).toEqual(expect.arrayContaining(['beam', 'detector', 'sourceToAxis', 'sourceToDetector', 'tilt']));
});
