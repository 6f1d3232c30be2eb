import { test } from 'vitest';
import { killAndGoOn } from './bench-files.js';

test('killed twenty times at random moments', () => killAndGoOn(20, 12), 600_000);
