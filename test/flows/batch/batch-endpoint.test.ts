import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  deployBatch,
  deployOnline,
  generateBatch,
  generateCompute,
  importRegistryModel,
  invokeBatch,
  invokeOnline,
  planBatch,
} from '../../../src/index.ts';
import type { InvokeBatchResult } from '../../../src/index.ts';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { writePictures } from '../../helpers/picture-folder.ts';
import { smallPackage } from '../../helpers/small-package.ts';

const pictures = 14;
const broken = 5;

describe('a batch endpoint on the twin', () => {
  let twin: Twin;
  let folder: string;
  let model: string;
  let input: string;
  let paths: string[];
  let online: Map<string, number>;
  beforeAll(async () => {
    model = await smallPackage();
    folder = mkdtempSync(join(tmpdir(), 'aml-deit-batch-'));
    input = join(folder, 'pictures');
    paths = await writePictures(input, pictures, (index) => index === broken);
    twin = await createTwin({ jobs: { lingerMs: 0 } });
    await deployOnline({ ...target(), endpoint: 'live', model, sku: 'Standard_D4as_v4' });
    const { results } = await invokeOnline({
      ...target(),
      endpoint: 'live',
      images: paths.map((path) => join(input, path)),
      topK: 3,
    });
    online = new Map(
      results.flatMap((result, index) =>
        result.ok
          ? result.classes.map(({ label, score }) => [`${paths[index]} ${label}`, score] as const)
          : [],
      ),
    );
  });
  afterAll(async () => {
    await twin.close();
    rmSync(folder, { recursive: true, force: true });
    rmSync(dirname(model), { recursive: true, force: true });
  });
  const target = () =>
    ({ target: 'local', env: { ...twin.env }, pollIntervalMs: 50, watchIntervalMs: 100 }) as const;
  const answers = ({ rows }: InvokeBatchResult): Map<string, number> =>
    new Map(
      rows.flatMap(({ id, classes }) =>
        classes.map(({ label, score }) => [`${id} ${label}`, score] as const),
      ),
    );
  const expectOnlineAnswers = (result: InvokeBatchResult): void => {
    const found = answers(result);
    expect([...found.keys()].sort()).toEqual([...online.keys()].sort());
    for (const [key, score] of online) expect(found.get(key)).toBeCloseTo(score, 5);
  };

  it('runs the container on every node, answers as the online endpoint, and is left alone when nothing differs', async () => {
    const options = { ...target(), endpoint: 'container', model, topK: 3 };
    const before = await planBatch(options);
    // Model and environment are those of the online deployment.
    expect(before.steps.map(({ kind }) => kind)).toEqual([
      'ensure-cluster',
      'create-endpoint',
      'create-deployment',
      'set-default',
    ]);
    const made = await deployBatch(options);
    expect(made).toMatchObject({ changed: true, deployment: before.deployment });
    expect(await deployBatch(options)).toMatchObject({ changed: false, steps: [] });
    const output = join(folder, 'container');
    const result = await invokeBatch({
      ...target(),
      endpoint: 'container',
      input,
      output,
      labels: 'folders',
    });
    expect(result).toMatchObject({ status: 'Completed', counts: { rows: pictures, failed: 1, kept: 0 } });
    expect(result.rows.map(({ id }) => id).sort()).toEqual([...paths].sort());
    expectOnlineAnswers(result);
    // The folders are no classes of the model.
    expect(result.accuracy).toEqual({ labelled: pictures - 1, top1: 0, top5: 0 });
    expect(readFileSync(join(output, 'results.csv'), 'utf8').trimEnd().split('\n')).toHaveLength(
      pictures + 1,
    );

    const rest = await invokeBatch({
      ...target(),
      endpoint: 'container',
      input,
      output: join(folder, 'resumed'),
      resumeJob: result.job ?? '',
    });
    expect(rest.counts).toEqual({ rows: pictures, failed: 1, kept: pictures - 1 });
  }, 240_000);

  it('runs the registry model, and has no row of what failed', async () => {
    await importRegistryModel({ directory: model, env: twin.env });
    const options = { ...target(), endpoint: 'registry', serving: 'registry', errorThreshold: '-1' } as const;
    await deployBatch({ ...options, instanceCount: 1 });
    const output = join(folder, 'registry');
    const result = await invokeBatch({ ...target(), endpoint: 'registry', input, output });
    expect(result.counts).toEqual({ rows: pictures - 1, failed: 0, kept: 0 });
    expectOnlineAnswers(result);
    const revised = await planBatch({ ...options, instanceCount: 2 });
    expect(revised.steps.map(({ kind }) => kind)).toEqual(['create-deployment', 'set-default']);
  }, 240_000);

  it('is made of the YAML that generate writes, which says the same', async () => {
    const out = join(folder, 'azureml');
    await generateBatch({ out, endpoint: 'written', model, instanceCount: 1 });
    await generateCompute({ out });
    const files = ['batch-endpoint.yml', 'batch-deployment.yml', 'compute-cpu.yml'].map((name) =>
      join(out, name),
    );
    const made = await deployBatch({ ...target(), files });
    expect(made).toMatchObject({ changed: true, endpoint: 'written', deployment: 'blue' });
    expect(await planBatch({ ...target(), files })).toMatchObject({ pending: false });
    const started = await invokeBatch({ ...target(), endpoint: 'written', input, noWait: true });
    expect(started).toMatchObject({ status: 'Started', output: null });
  });

  it('says what is missing before anything is sent', async () => {
    await expect(deployBatch({ ...target(), model })).rejects.toMatchObject({
      code: 'DEPLOY_OPTIONS_INVALID',
    });
    await expect(deployBatch({ ...target(), endpoint: 'x!', model })).rejects.toMatchObject({
      code: 'NAME_INVALID',
    });
    await expect(
      deployBatch({
        ...target(),
        endpoint: 'other',
        model,
        instanceCount: 4,
        maxNodes: 2,
        sku: 'Standard_D4as_v4',
      }),
    ).rejects.toMatchObject({ message: 'a job takes 4 nodes, and the cluster may have 2' });
    await expect(invokeBatch({ ...target(), endpoint: 'absent', input })).rejects.toMatchObject({
      code: 'ENDPOINT_NOT_FOUND',
    });
    await expect(
      invokeBatch({ ...target(), endpoint: 'container', deployment: 'red', input }),
    ).rejects.toMatchObject({ code: 'DEPLOYMENT_NOT_FOUND' });
  });
});
