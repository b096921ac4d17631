import { azureCommands, githubCommands } from '../../helpers/ci-commands.ts';
import { describe, expect, it } from 'vitest';
import { renderError } from '../../../src/cli/render-error.ts';
import { renderPlan } from '../../../src/cli/render-plan.ts';
import { AmlDeitError } from '../../../src/errors/index.ts';

const base = {
  endpoint: 'deit',
  deployment: 'r1',
  leftAlone: [],
  target: { kind: 'local', workspace: 'w' },
} as const;

describe('renderPlan', () => {
  it('shows steps, reasons and fields', () => {
    const text = renderPlan({
      ...base,
      pending: true,
      leftAlone: ['green'],
      steps: [
        {
          kind: 'create-deployment',
          deployment: 'r1',
          reason: 'blue differs in 3 fields',
          changes: [
            { field: 'a', after: 1 },
            { field: 'b', before: 'x' },
            { field: 'model.contentHash', before: 'a'.repeat(64), after: 'b'.repeat(64) },
          ],
        },
        { kind: 'move-traffic', reason: 'why', before: { blue: 100 }, after: { r1: 100 } },
      ],
    });
    expect(text.split('\n')).toEqual([
      'deit: 2 steps',
      '1. create deployment r1 at 0 %  (blue differs in 3 fields)',
      '     + a: 1',
      '     - b: x',
      '     ~ model.contentHash: aaaaaaaaaaaa… → bbbbbbbbbbbb…',
      '2. move traffic to r1 100 %  (why)',
      '     ~ traffic: blue 100 % → r1 100 %',
      'deployment green was not made by aml-deit and is left as it is',
    ]);
  });

  it('says that there is nothing to do', () => {
    expect(renderPlan({ ...base, pending: false, steps: [] })).toBe(
      'nothing to do: r1 serves on deit already',
    );
  });
});

describe('renderError', () => {
  it('prints the cause first and the containers’ last lines after it, without control characters', () => {
    const error = new AmlDeitError('DEPLOYMENT_FAILED', 'the graph is broken', {
      hint: 'blue has served all along',
      details: { logs: [{ container: 'InferenceServer', lines: ['one', 'two\u001b[31m'] }] },
    });
    expect(renderError(error, false)).toBe(
      'error DEPLOYMENT_FAILED: the graph is broken\n  blue has served all along\n' +
        '  log of InferenceServer, last 2 lines:\n    one\n    two\uFFFD[31m\n',
    );
  });

  it('gives a CI service no command of a container', () => {
    const lines = ['::error::x', '  ::warning::y', '##vso[task.setvariable variable=a]b', '##[error]z'];
    const error = new AmlDeitError('DEPLOYMENT_FAILED', '##vso[task.complete]broken\n::error::w', {
      details: { logs: [{ container: 'InferenceServer', lines }] },
    });
    const shown = renderError(error, false);
    expect([azureCommands(shown), githubCommands(shown)]).toEqual([[], []]);
    expect(shown.split('\n').filter((line) => line.trimStart().startsWith('::'))).toEqual([]);
  });
});
