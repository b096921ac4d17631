import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { followLog, mainLog } from '../../../../src/actions/jobs/follow-log.ts';
import type { AzureMl, LogPart } from '../../../../src/azure/index.ts';

/** A log that grows, read as the blob store gives it. */
function growingLog() {
  let content = Buffer.alloc(0);
  const readLog: AzureMl['runs']['readLog'] = (_url, part) => {
    const from = 'from' in part ? part.from : Math.max(0, content.length - part.tailBytes);
    const bytes = content.subarray(from, 'from' in part ? from + part.maxBytes : undefined);
    return Promise.resolve<LogPart>({ bytes, nextOffset: from + bytes.length });
  };
  return {
    aml: { runs: { readLog } } as unknown as AzureMl,
    append: (bytes: Uint8Array) => (content = Buffer.concat([content, bytes])),
  };
}

describe('followLog', () => {
  it('gives every line once and whole, wherever the reads fall', async () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll(/[\r\n]/g, ''));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1 }), fc.array(fc.nat(300)), async (lines, cuts) => {
        const bytes = Buffer.from(lines.join('\n'));
        const log = growingLog();
        const follower = followLog(log.aml, { fromTail: false });
        const seen: string[] = [];
        let at = 0;
        for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
          log.append(bytes.subarray(at, Math.max(at, cut)));
          at = Math.max(at, Math.min(cut, bytes.length));
          seen.push(...(await follower.next('log', { final: at === bytes.length })));
        }
        // A last line that is empty is none.
        const expected = lines.at(-1) === '' ? lines.slice(0, -1) : lines;
        expect(seen).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('begins near the end of a log that was there before, at a whole line', async () => {
    const log = growingLog();
    log.append(Buffer.from(Array.from({ length: 5000 }, (_, index) => `line ${index}\n`).join('')));
    const follower = followLog(log.aml, { fromTail: true });
    const lines = await follower.next('log', {});
    expect(lines.length).toBeLessThan(500);
    expect(lines[0]).toMatch(/^line \d{4}$/);
    expect(lines.at(-1)).toBe('line 4999');
    log.append(Buffer.from('and on\n'));
    expect(await follower.next('log', {})).toEqual(['and on']);
  });
});

it('takes the log of the first process', () => {
  const files = (...names: string[]) => Object.fromEntries(names.map((name) => [name, 'url']));
  expect(mainLog(files('user_logs/std_log_process_01.txt', 'user_logs/std_log_process_00.txt'))).toBe(
    'user_logs/std_log_process_00.txt',
  );
  expect(mainLog(files('logs/azureml/x.log', 'user_logs/std_log.txt'))).toBe('user_logs/std_log.txt');
  expect(mainLog(files('azureml-logs/70_driver_log.txt'))).toBe('azureml-logs/70_driver_log.txt');
  expect(mainLog(files('system_logs/x.log'))).toBeUndefined();
  expect(mainLog(null)).toBeUndefined();
});
