import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { MlflowRequests, trackingUri } from '../../helpers/mlflow-requests.ts';
import type { MlflowRun } from '../../helpers/mlflow-requests.ts';
import { logOf, prepareJobs, readBlob, requestDataPlane, runJob } from '../../helpers/twin-jobs.ts';
import { requestArm, requestTwin } from '../../helpers/twin-request.ts';

describe('MLflow tracking', () => {
  let twin: Twin;
  let mlflow: MlflowRequests;
  let experimentId: string;

  beforeAll(async () => {
    twin = await createTwin({ jobs: { lingerMs: 0 } });
    mlflow = new MlflowRequests(twin);
    experimentId = await mlflow.createExperiment('pets');
  });
  afterAll(() => twin.close());

  const pairs = (list: readonly { readonly key: string; readonly value: unknown }[]) =>
    Object.fromEntries(list.map(({ key, value }) => [key, value]));

  describe('experiments', () => {
    it('are found by id, by name, and by MLflow’s default id', async () => {
      const byName = await mlflow.get('experiments/get-by-name', { experiment_name: 'pets' });
      expect(byName.json['experiment']).toMatchObject({
        experiment_id: experimentId,
        lifecycle_stage: 'active',
      });
      const byId = await mlflow.get('experiments/get', { experiment_id: experimentId });
      expect(byId.json).toEqual(byName.json);
      const usual = await mlflow.get('experiments/get', { experiment_id: '0' });
      expect(usual.json['experiment']).toMatchObject({ name: 'Default' });
    });

    it('are renamed, tagged, deleted and restored with their runs', async () => {
      const id = await mlflow.createExperiment('first name');
      const run = await mlflow.createRun(id, 'r');
      await mlflow.must('experiments/set-experiment-tag', { experiment_id: id, key: 'a', value: 'b' });
      await mlflow.must('experiments/update', { experiment_id: id, new_name: 'second name' });
      await mlflow.must('experiments/delete', { experiment_id: id });
      expect((await mlflow.run(run)).info.lifecycle_stage).toBe('deleted');
      const deleted = { max_results: 10, view_type: 'DELETED_ONLY', filter: "name LIKE 'second%'" };
      expect((await mlflow.must('experiments/search', deleted))['experiments']).toMatchObject([
        { experiment_id: id, name: 'second name', tags: [{ key: 'a', value: 'b' }] },
      ]);
      expect(await mlflow.refusal('runs/create', { experiment_id: id })).toEqual([
        400,
        'INVALID_PARAMETER_VALUE',
      ]);
      await mlflow.must('experiments/restore', { experiment_id: id });
      expect(await mlflow.search(id)).toEqual(['r']);
      // The id that the first name would have is taken now.
      expect(await mlflow.createExperiment('first name')).not.toBe(id);
    });
  });

  describe('runs', () => {
    it('keep what is logged, and show it in run history', async () => {
      const run_id = await mlflow.createRun(experimentId, 'kept', 1000);
      await mlflow.must('runs/log-parameter', { run_id, key: 'lr', value: '0.1' });
      await mlflow.must('runs/log-batch', {
        run_id,
        metrics: [
          { key: 'loss', value: 2, timestamp: 5, step: 1 },
          { key: 'loss', value: 1, timestamp: '6', step: '2' },
          { key: 'loss', value: 3, timestamp: 7, step: 0 },
          { key: 'odd', value: 'NaN', timestamp: 5 },
          { key: 'huge', value: '-Infinity', timestamp: 5 },
        ],
        params: [{ key: 'empty', value: '' }],
        tags: [{ key: 'stage', value: 'x' }],
      });
      await mlflow.must('runs/set-tag', { run_id, key: 'gone', value: 'y' });
      await mlflow.must('runs/delete-tag', { run_id, key: 'gone' });
      await mlflow.must('runs/update', { run_id, status: 'FINISHED', end_time: 2000 });
      const run = await mlflow.run(run_id);
      expect(run.info).toMatchObject({ status: 'FINISHED', start_time: 1000, end_time: 2000 });
      // The newest of a metric is that of the greatest step.
      expect(pairs(run.data.metrics)).toEqual({ loss: 1, odd: 'NaN', huge: '-Infinity' });
      expect(pairs(run.data.params)).toEqual({ lr: '0.1', empty: '' });
      expect(pairs(run.data.tags)).toMatchObject({ stage: 'x', 'mlflow.runName': 'kept' });
      expect(pairs(run.data.tags)).not.toHaveProperty('gone');

      const history = await requestDataPlane(twin, 'history', `/runs/${run_id}`);
      expect(history.json).toMatchObject({
        status: 'Completed',
        parameters: { lr: '0.1' },
        experimentId,
      });
      const metrics = await requestDataPlane(twin, 'history', `/runs/${run_id}/metrics`);
      expect(metrics.json['value']).toContainEqual(
        expect.objectContaining({ name: 'loss', cells: [{ loss: 2 }, { loss: 1 }, { loss: 3 }] }),
      );
      expect((await requestArm(twin, `/jobs/${run_id}`)).status).toBe(404);
    });

    it('give the history of a metric page by page, each value once', async () => {
      const run_id = await mlflow.createRun(experimentId, 'long');
      const metrics = Array.from({ length: 1000 }, (_, step) => ({
        key: 'm',
        value: step,
        timestamp: 1,
        step,
      }));
      for (let again = 0; again < 2; again += 1) await mlflow.must('runs/log-batch', { run_id, metrics });
      const values: number[] = [];
      let page_token = '';
      do {
        const { json } = await mlflow.get('metrics/get-history', {
          run_id,
          metric_key: 'm',
          max_results: '400',
          page_token,
        });
        values.push(...(json['metrics'] as { value: number }[]).map(({ value }) => value));
        page_token = (json['next_page_token'] as string | undefined) ?? '';
      } while (page_token !== '');
      expect(values).toEqual(metrics.map(({ value }) => value));
    });

    it('refuse another value of a param, and with it the whole batch', async () => {
      const run_id = await mlflow.createRun(experimentId, 'fixed');
      await mlflow.must('runs/log-parameter', { run_id, key: 'lr', value: '1' });
      await mlflow.must('runs/log-parameter', { run_id, key: 'lr', value: '1' });
      const batch = {
        run_id,
        metrics: [{ key: 'm', value: 1, timestamp: 1 }],
        params: [
          { key: 'new', value: '1' },
          { key: 'lr', value: '2' },
        ],
      };
      expect(await mlflow.refusal('runs/log-batch', batch)).toEqual([400, 'INVALID_PARAMETER_VALUE']);
      const { data } = await mlflow.run(run_id);
      expect([data.metrics, pairs(data.params)]).toEqual([[], { lr: '1' }]);
    });

    it('take nothing while they are deleted', async () => {
      const run_id = await mlflow.createRun(experimentId, 'deleted');
      const metric = { run_id, key: 'm', value: 1, timestamp: 1 };
      await mlflow.must('runs/delete', { run_id });
      expect(await mlflow.refusal('runs/log-metric', metric)).toEqual([400, 'INVALID_PARAMETER_VALUE']);
      expect(await mlflow.search(experimentId)).not.toContain('deleted');
      await mlflow.must('runs/restore', { run_id });
      await mlflow.must('runs/log-metric', metric);
      expect(await mlflow.search(experimentId)).toContain('deleted');
    });

    it('name their datasets once, and the models that they logged', async () => {
      const run_id = await mlflow.createRun(experimentId, 'inputs');
      const dataset = { name: 'd', digest: '1', source_type: 'http', source: '{}' };
      const datasets = [{ dataset, tags: [{ key: 'mlflow.data.context', value: 'train' }] }];
      for (let again = 0; again < 2; again += 1) await mlflow.must('runs/log-inputs', { run_id, datasets });
      const model = { artifact_path: 'model', flavors: {}, utc_time_created: 'now', run_id };
      await mlflow.must('runs/log-model', { run_id, model_json: JSON.stringify(model) });
      const run = await mlflow.run(run_id);
      expect(run.inputs.dataset_inputs).toEqual(datasets);
      expect(JSON.parse(String(pairs(run.data.tags)['mlflow.log-model.history']))).toEqual([model]);
    });

    it('are found by filters, in an order, page by page', async () => {
      const id = await mlflow.createExperiment('searched');
      for (const [index, name] of ['a', 'b', 'c'].entries()) {
        const run_id = await mlflow.createRun(id, name, index);
        await mlflow.must('runs/log-metric', { run_id, key: 'x/y', value: index, timestamp: 1 });
        await mlflow.must('runs/log-parameter', { run_id, key: 'kind', value: `Kind ${name}` });
      }
      expect(await mlflow.search(id)).toEqual(['c', 'b', 'a']);
      const filter = "metrics.x/y > 0 AND params.kind ILIKE 'kind%' and attributes.status = 'RUNNING'";
      expect(await mlflow.search(id, { filter, order_by: ['metrics.`x/y` ASC'] })).toEqual(['b', 'c']);
      const first = await mlflow.must('runs/search', { experiment_ids: [id], max_results: 2 });
      expect(await mlflow.search(id, { max_results: 2, page_token: first['next_page_token'] })).toEqual([
        'a',
      ]);
      expect(await mlflow.search('no such experiment')).toEqual([]);
    });
  });

  it('is what a job finds in its environment, and logs to its own run with', async () => {
    const setting = await prepareJobs(twin);
    expect(await runJob(twin, 'tracked', setting.command('track loss 0.25'))).toBe('Completed');
    expect(await logOf(twin, 'tracked')).toContain('["RUNNING",true]');
    const run = await mlflow.run('tracked');
    expect(run.info.status).toBe('FINISHED');
    expect(pairs(run.data.metrics)).toEqual({ loss: 0.25 });
    expect(await mlflow.search('0', { filter: 'metrics.loss = 0.25' })).toEqual([run.info.run_name]);
    const listed = await mlflow.get('artifacts/list', { run_id: 'tracked' });
    expect(listed.json['files']).toEqual([{ path: 'user_logs', is_dir: true }]);
  });

  describe('artifacts', () => {
    const folder = 'mlflow-artifacts/artifacts/ExperimentRun';

    it('go through the tracking server to the artifact store', async () => {
      const run_id = await mlflow.createRun(experimentId, 'artifacts');
      const place = `${folder}/dcid.${run_id}`;
      expect((await mlflow.run(run_id)).info.artifact_uri).toBe(
        `mlflow-artifacts:/ExperimentRun/dcid.${run_id}`,
      );
      const large = Buffer.alloc(9 * 1024 * 1024, 'abc');
      const files = { 'deep/er/large.bin': large, 'deep/ü x.txt': Buffer.from('u'), empty: Buffer.alloc(0) };
      for (const [name, body] of Object.entries(files)) {
        const headers = { 'content-type': 'text/plain' };
        const answer = await mlflow.send(`${place}/${encodeURI(name)}`, { method: 'PUT', body, headers });
        expect([answer.status, answer.text]).toEqual([200, '{}']);
      }
      const list = async (path: string) =>
        (await mlflow.get('artifacts/list', { run_id, path })).json['files'];
      expect(await list('')).toEqual([
        { path: 'deep', is_dir: true },
        { path: 'empty', is_dir: false, file_size: 0 },
      ]);
      expect(await list('deep')).toEqual([
        { path: 'deep/er', is_dir: true },
        { path: 'deep/ü x.txt', is_dir: false, file_size: 1 },
      ]);
      expect(await list('deep/ü x.txt')).toEqual([]);
      const path = `ExperimentRun/dcid.${run_id}/deep/er`;
      const proxied = await mlflow.send(
        `mlflow-artifacts/artifacts?${new URLSearchParams({ path }).toString()}`,
      );
      expect(proxied.json['files']).toEqual([{ path: 'large.bin', is_dir: false, file_size: large.length }]);
      const read = await mlflow.send(`${place}/deep/er/large.bin`);
      expect(read.text === large.toString()).toBe(true);
      expect((await mlflow.send(`${place}/deep`, { method: 'DELETE' })).status).toBe(200);
      expect(await list('deep')).toEqual([]);
      expect((await mlflow.send(`${place}/deep/er/large.bin`)).json['error_code']).toBe(
        'RESOURCE_DOES_NOT_EXIST',
      );
    });

    it('are given to Azure’s plugin by signed addresses of the store', async () => {
      const run_id = await mlflow.createRun(experimentId, 'plugin');
      const path = `/api/2.0/mlflow/runs/get?run_id=${run_id}`;
      const authorization = `Bearer ${twin.token('https://ml.azure.com')}`;
      const answer = await requestTwin(twin, `${trackingUri(twin, 'v2.0')}${path}`, {
        headers: { authorization },
      });
      const { artifact_uri } = (answer.json['run'] as MlflowRun).info;
      expect(artifact_uri).toMatch(new RegExp(`^azureml://.*/experiments/pets/runs/${run_id}/artifacts$`));
      const artifacts = `/experiments/pets/runs/${run_id}/artifacts`;
      const created = await requestDataPlane(twin, 'history', `${artifacts}/batch/metadata`, {
        method: 'POST',
        body: { paths: [{ path: 'model/a b.txt' }] },
      });
      const places = created.json['artifactContentInformation'] as Record<string, { contentUri: string }>;
      const { host, pathname, search } = new URL(places['model/a b.txt']?.contentUri ?? '');
      const put = await requestTwin(twin, `${twin.endpoint}${pathname}${search}`, {
        method: 'PUT',
        body: 'hello',
        headers: { host, 'x-ms-version': '2021-12-02', 'x-ms-blob-type': 'BlockBlob' },
      });
      expect(put.status).toBe(201);
      const listed = await requestDataPlane(twin, 'history', artifacts);
      expect(listed.json['value']).toMatchObject([{ path: 'model/a b.txt', container: `dcid.${run_id}` }]);
      const info = await requestDataPlane(twin, 'history', `${artifacts}/contentinfo?path=model/a%20b.txt`);
      expect((await readBlob(twin, String(info.json['contentUri']))).text).toBe('hello');
      const absent = await requestDataPlane(twin, 'history', `${artifacts}/contentinfo?path=model`);
      expect(absent.status).toBe(404);
      const above = await requestDataPlane(twin, 'history', `${artifacts}/batch/metadata`, {
        method: 'POST',
        body: { paths: [{ path: '../x' }] },
      });
      expect(above.status).toBe(400);
    });

    it.each([
      ['a run that is not there', `${folder}/dcid.nobody/x`, 404],
      ['no run at all', 'mlflow-artifacts/artifacts/LocalUpload/x', 404],
      ['a place above', `${folder}/dcid.tracked/..%2F..%2Fx`, 400],
      ['a backslash', `${folder}/dcid.tracked/a%5Cb`, 400],
      ['a malformed escape', `${folder}/dcid.tracked/%zz`, 400],
    ])('are not taken for %s', async (_what, path, status) => {
      expect((await mlflow.send(path, { method: 'PUT', body: 'x' })).status).toBe(status);
    });

    it('need a token', async () => {
      const answer = await mlflow.send(`${folder}/dcid.tracked/x`, {
        method: 'PUT',
        body: 'x',
        headers: { authorization: '' },
      });
      expect([answer.status, answer.json['error_code']]).toEqual([401, 'UNAUTHENTICATED']);
    });
  });

  describe('refuses in MLflow’s form', () => {
    const metrics = (count: number) =>
      Array.from({ length: count }, (_, step) => ({ key: 'm', value: 1, timestamp: 1, step }));
    const params = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ key: `p${index}`, value: '' }));

    it.each<[string, string, object]>([
      ['no run id', 'runs/log-metric', { key: 'm', value: 1 }],
      ['no value', 'runs/log-metric', { run_id: 'tracked', key: 'm', timestamp: 1 }],
      ['a value that is no number', 'runs/log-metric', { run_id: 'tracked', key: 'm', value: 'x' }],
      ['a time before 1970', 'runs/log-metric', { run_id: 'tracked', key: 'm', value: 1, timestamp: -1 }],
      ['a step that is no integer', 'runs/log-metric', { run_id: 'tracked', key: 'm', value: 1, step: 0.5 }],
      ['a key that is too long', 'runs/set-tag', { run_id: 'tracked', key: 'k'.repeat(251), value: '' }],
      ['a key that leads elsewhere', 'runs/set-tag', { run_id: 'tracked', key: '../k', value: '' }],
      ['a key with a sign', 'runs/set-tag', { run_id: 'tracked', key: 'a#b', value: '' }],
      [
        'a param that is too long',
        'runs/log-parameter',
        { run_id: 'tracked', key: 'k', value: 'v'.repeat(6001) },
      ],
      ['a tag that is too long', 'runs/set-tag', { run_id: 'tracked', key: 'k', value: 'v'.repeat(8001) }],
      ['too many metrics', 'runs/log-batch', { run_id: 'tracked', metrics: metrics(1001) }],
      ['too many params', 'runs/log-batch', { run_id: 'tracked', params: params(101) }],
      [
        'too much of everything',
        'runs/log-batch',
        { run_id: 'tracked', metrics: metrics(950), tags: params(51) },
      ],
      ['a status of another service', 'runs/update', { run_id: 'tracked', status: 'Completed' }],
      ['too many results', 'runs/search', { experiment_ids: ['0'], max_results: 50_001 }],
      ['a token that it did not give', 'runs/search', { experiment_ids: ['0'], page_token: '!' }],
      ['a view that is none', 'runs/search', { experiment_ids: ['0'], run_view_type: 'SOME' }],
      ['a filter of another grammar', 'runs/search', { experiment_ids: ['0'], filter: 'x > 1 OR y > 2' }],
      ['an experiment’s name that is too long', 'experiments/create', { name: 'n'.repeat(501) }],
    ])('%s', async (_what, path, body) => {
      expect(await mlflow.refusal(path, body)).toEqual([400, 'INVALID_PARAMETER_VALUE']);
    });

    it.each<[string, string, object, number, string]>([
      [
        'a missing run',
        'runs/log-metric',
        { run_id: 'nobody', key: 'm', value: 1 },
        404,
        'RESOURCE_DOES_NOT_EXIST',
      ],
      ['a missing experiment', 'runs/create', { experiment_id: 'no' }, 404, 'RESOURCE_DOES_NOT_EXIST'],
      ['a missing tag', 'runs/delete-tag', { run_id: 'tracked', key: 'no' }, 404, 'RESOURCE_DOES_NOT_EXIST'],
      ['a name that is taken', 'experiments/create', { name: 'pets' }, 400, 'RESOURCE_ALREADY_EXISTS'],
      ['an operation that it has not', 'runs/frobnicate', {}, 404, 'ENDPOINT_NOT_FOUND'],
    ])('%s', async (_what, path, body, status, code) => {
      expect(await mlflow.refusal(path, body)).toEqual([status, code]);
    });

    it('a wrong token, workspace or body', async () => {
      const code = async (url: string, options: object) => {
        const answer = await requestTwin(twin, url, { method: 'POST', body: '{', ...options });
        return [answer.status, answer.json['error_code']];
      };
      const path = '/api/2.0/mlflow/runs/search';
      expect(await code(`${trackingUri(twin)}${path}`, {})).toEqual([401, 'UNAUTHENTICATED']);
      const headers = { authorization: `Bearer ${twin.token('https://ml.azure.com')}` };
      expect(await code(`${trackingUri(twin)}${path}`, { headers })).toEqual([400, 'BAD_REQUEST']);
      expect(await code(`${trackingUri(twin)}x${path}`, { headers, body: {} })).toEqual([
        404,
        'RESOURCE_DOES_NOT_EXIST',
      ]);
    });
  });
});

it('keeps what MLflow was told when the twin is killed', async () => {
  await using twin = await createTwin();
  const mlflow = new MlflowRequests(twin);
  const run_id = await mlflow.createRun('0', 'survivor');
  await mlflow.must('runs/log-metric', { run_id, key: 'm', value: 0.5, timestamp: 1 });
  await twin.crash();
  await twin.restart();
  const { info, data } = await mlflow.run(run_id);
  expect([info.status, data.metrics]).toEqual(['RUNNING', [{ key: 'm', value: 0.5, timestamp: 1, step: 0 }]]);
});
