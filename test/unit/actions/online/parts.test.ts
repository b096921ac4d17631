import { describe, expect, it } from 'vitest';
import { parseAssetId } from '../../../../src/actions/online/asset-reference.ts';
import { causeInLogs, chooseTails } from '../../../../src/actions/online/container-log.ts';
import { smokePicture } from '../../../../src/actions/online/smoke-picture.ts';
import { distributionFault } from '../../../../src/actions/online/smoke-test.ts';
import { decodeImage, defaultDecodeLimits } from '../../../../src/vision/index.ts';

const scores = (...values: readonly number[]) => ({
  classes: values.map((score, index) => ({ label: `l${index}`, score })),
});

describe('the smoke picture', () => {
  it('is a picture with colours', async () => {
    const image = await decodeImage(smokePicture(), defaultDecodeLimits);
    expect([image.width, image.height]).toEqual([64, 64]);
    expect([...image.data.subarray(0, 3)]).toEqual([0, 0, 160]);
    const centre = (32 * 64 + 32) * 3;
    expect([...image.data.subarray(centre, centre + 3)]).toEqual([220, 40, 40]);
  });
});

describe('distributionFault', () => {
  it.each([
    [scores(0.2, 0.3, 0.5), { labelCount: 3, task: 'multiclass' }],
    [scores(0.9, 0.8, 0.7), { labelCount: 3, task: 'multilabel' }],
    [scores(0.3, 0.2, 0.1, 0.05, 0.05), { labelCount: 1000 }],
    [scores(0.6, 0.1), {}],
  ])('accepts %j for %j', (answer, expectation) => {
    expect(distributionFault(answer, expectation)).toBeUndefined();
  });

  it.each([
    [scores(), {}, 'names no class'],
    [scores(0.5, 0.5), { labelCount: 3 }, 'names 2 classes where the model has 3'],
    [scores(0.2, 0.2, 0.2), { labelCount: 3 }, 'sum to 0.600'],
    [scores(0.9, 0.9), {}, 'sum to 1.800'],
    [scores(Number.NaN, 1), {}, 'probability NaN'],
    [scores(-0.1, 1), {}, 'probability -0.1'],
  ])('refuses %j for %j', (answer, expectation, fault) => {
    expect(distributionFault(answer, expectation)).toContain(fault);
  });
});

describe('causeInLogs', () => {
  it('is the newest error of the container', () => {
    const lines = [
      '{"level":"error","message":"first"}',
      '{"level":"error","message":"second"}',
      '{"level":"info","message":"third"}',
      'not JSON',
      '{broken',
    ];
    expect(causeInLogs([{ container: 'InferenceServer', lines }])).toBe('second');
    expect(causeInLogs([{ container: 'InferenceServer', lines: ['{"level":60,"msg":"pino"}'] }])).toBe(
      'pino',
    );
    expect(causeInLogs([{ container: 'InferenceServer', lines: ['plain'] }])).toBeUndefined();
  });
});

describe('parseAssetId', () => {
  it('reads ids of the workspace and no others', () => {
    const base = '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w';
    expect(parseAssetId(`${base}/models/deit/versions/3`, 'models')).toEqual({ name: 'deit', version: '3' });
    expect(parseAssetId(`${base}/models/deit/versions/3`, 'environments')).toBeUndefined();
    expect(parseAssetId('azureml://registries/azureml/models/deit/versions/3', 'models')).toBeUndefined();
    expect(parseAssetId(undefined, 'models')).toBeUndefined();
  });
});

describe('the logs of a failed deployment', () => {
  const containers = (server: string[], initializer: string[]): string[] =>
    chooseTails(server, initializer).map(({ container }) => container);

  it('begin with the container, and leave out what fetched the model when it did', () => {
    expect(containers(['Container logs:', 'Traceback'], ['fetched 3 files'])).toEqual(['InferenceServer']);
    expect(containers(['Container logs:', 'waiting'], ['Error: no such blob'])).toEqual([
      'InferenceServer',
      'StorageInitializer',
    ]);
    expect(containers(['Instance status:', 'Container logs:', '[local twin] ended'], ['fetched'])).toEqual([
      'InferenceServer',
      'StorageInitializer',
    ]);
    expect(containers([], ['fetched'])).toEqual(['StorageInitializer']);
  });
});
