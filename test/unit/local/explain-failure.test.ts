import { describe, expect, it } from 'vitest';
import { causeInLog, explainFailure } from '../../../src/local/deployments/explain-failure.ts';

describe('why a container did not start', () => {
  it.each([
    [
      'the last JSON error',
      [
        '{"level":"error","message":"first"}',
        '{"level":"error","message":"no graph"}',
        '{"level":"info","message":"bye"}',
      ],
      'no graph',
    ],
    ['pino levels', ['{"level":50,"msg":"no graph"}', 'bye'], 'no graph'],
    [
      'the last line where nothing is JSON',
      ['Traceback', 'Error: no graph', '[local twin] instance 0: ended'],
      'Error: no graph',
    ],
    ['a line that only looks like JSON', ['{broken'], '{broken'],
    ['nothing', ['[local twin] instance 0: started process 1', ''], undefined],
  ])('%s', (_what, log, cause) => {
    expect(causeInLog(log)).toBe(cause);
  });

  it('is one line, with the log in the details', () => {
    const error = explainFailure('the container ended 3 times', ['{"level":"error","message":"no graph"}']);
    expect(error.message).toBe(
      'user container has crashed or terminated: the container ended 3 times: no graph',
    );
    expect(error.details[0]?.message).toContain('no graph');
  });
});
