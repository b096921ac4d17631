import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AppendLog } from '../../../../src/local/jobs/append-log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aml-deit-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('keeps the beginning as it grows, and adds the end at the end', () => {
  const file = join(folder, 'log.txt');
  const log = new AppendLog(file, 10, 4);
  log.write('12345');
  log.write('67890abc');
  expect(readFileSync(file, 'utf8')).toBe('1234567890');
  log.write('defgh');
  expect(readFileSync(file, 'utf8')).toBe('1234567890');
  log.end();
  expect(readFileSync(file, 'utf8')).toBe('1234567890\n[local twin] 4 bytes were left out here\nefgh');
});

it('adds nothing when everything fitted', () => {
  const file = join(folder, 'log.txt');
  const log = new AppendLog(file, 10, 4);
  log.write(Buffer.from('1234567890'));
  log.end();
  expect(readFileSync(file, 'utf8')).toBe('1234567890');
});
