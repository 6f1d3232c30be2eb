import { expect, test } from 'vitest';
import { shownName } from './names.js';
import { asFields, refusalOf } from './refusal.js';

test.each([
  ['../../etc/passwd', 'passwd'],
  ['C:\\scans\\slice.dcm', 'slice.dcm'],
  ['<img src=x onerror=alert(1)>.png', '<img src=x onerror=alert(1)>.png'],
  ['a\u0000b\r\nSet-Cookie: x', 'abSet-Cookie: x'],
  ['gnp.\u202eexe', 'gnp.exe'],
  ['..', '..'],
  ['', 'upload'],
  ['/', 'upload'],
  ['x'.repeat(500), 'x'.repeat(120)],
])('%j is shown as %j', (given, shown) => {
  expect(shownName(given)).toBe(shown);
});

test('messages of the command line speak of fields', () => {
  expect(asFields('State its width with --field-of-view, or --size 48.')).toBe('State its width with `fieldOfView`, or `size` 48.');
  expect(asFields('a--b and ---')).toBe('a--b and ---');
});

test('a full disk is told as such, however deep it lies, and a fault is none of the user', () => {
  const full = Object.assign(new Error('x'), { code: 'ENOSPC' });
  expect(refusalOf(new Error('y', { cause: full }))?.status).toBe(507);
  expect(refusalOf(new TypeError('y'))).toBeUndefined();
});
