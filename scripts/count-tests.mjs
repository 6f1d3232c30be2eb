// count-tests.mjs REPORT STATUS: prints "passed failed skipped" of vitest's JSON report. A file that failed before its
// tests could run counts as one failure, and so does a run that exited with a bad status for any other reason.
import { readFileSync } from 'node:fs';

const [report, status] = process.argv.slice(2);
let passed = 0;
let failed = 0;
let skipped = 0;
try {
  for (const file of JSON.parse(readFileSync(report, 'utf8')).testResults) {
    const failures = file.assertionResults.filter((test) => test.status === 'failed').length;
    passed += file.assertionResults.filter((test) => test.status === 'passed').length;
    skipped += file.assertionResults.filter((test) => test.status !== 'passed' && test.status !== 'failed').length;
    failed += failures === 0 && file.status === 'failed' ? 1 : failures;
  }
} catch (error) {
  process.stderr.write(`no report of the tests: ${error.message}\n`);
  failed = 1;
}
if (status !== '0' && failed === 0) failed = 1;
if (passed === 0 && failed === 0) failed = 1;
console.log(passed, failed, skipped);
