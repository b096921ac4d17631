import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BoundedLog, tailOf } from '../../../src/local/deployments/bounded-log.ts';

describe('a bounded log', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aml-deit-log-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('keeps the end of what was written, in twice its limit at most', () => {
    const file = join(directory, 'below', 'x.log');
    const log = new BoundedLog(file, 1000);
    for (let line = 0; line < 500; line += 1) log.line(`line ${line}`);
    expect(statSync(file).size + statSync(`${file}.1`).size).toBeLessThanOrEqual(2000);
    expect(tailOf(file, 3)).toEqual(['line 497', 'line 498', 'line 499']);
    expect(tailOf(file, 10_000).length).toBeGreaterThan(100);
  });

  it('goes on where another run ended, and survives one text that is greater than the log', () => {
    const file = join(directory, 'x.log');
    new BoundedLog(file, 100).line('first');
    const log = new BoundedLog(file, 100);
    log.line('second');
    expect(tailOf(file, 9)).toEqual(['first', 'second']);
    log.write('y'.repeat(5000));
    expect(statSync(file).size).toBe(100);
  });

  it('of a file that is not there is empty', () => {
    expect(tailOf(join(directory, 'none'), 5)).toEqual([]);
  });
});
