import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registryComponents } from '../../../src/card/index.ts';
import { importRegistryModel } from '../../../src/index.ts';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { createAzureClient } from '../../helpers/azure-client.ts';
import { fixtureScorer } from '../../helpers/fixture-scorer.ts';
import { smallPackage } from '../../helpers/small-package.ts';
import { createEndpoint } from '../../helpers/twin-deployment.ts';
import { requestTwin } from '../../helpers/twin-request.ts';

const id = 'azureml://registries/azureml/models/facebook-deit-base-patch16-224/versions/15';

describe("the twin's registry", () => {
  let twin: Twin;
  let directory: string;

  beforeAll(async () => {
    directory = await smallPackage();
    twin = await createTwin({ scorer: fixtureScorer });
  });
  afterAll(async () => {
    await twin.close();
    rmSync(dirname(directory), { recursive: true, force: true });
  });

  const registryPath = (rest: string, registry = 'azureml'): string =>
    `/mferp/managementfrontend/subscriptions/${twin.subscriptionId}/resourceGroups/${twin.resourceGroup}/providers/Microsoft.MachineLearningServices/registries/${registry}${rest}${rest.includes('?') ? '&' : '?'}api-version=2021-10-01-dataplanepreview`;
  const ask = (rest: string, options: { method?: string; body?: object; registry?: string } = {}) =>
    requestTwin(twin, registryPath(rest, options.registry), {
      ...(options.method === undefined ? {} : { method: options.method }),
      ...(options.body === undefined ? {} : { body: options.body }),
      headers: { authorization: `Bearer ${twin.token('https://ml.azure.com')}` },
    });

  const model = (version: string): Promise<{ status: number; json: Record<string, unknown> }> =>
    requestTwin(
      twin,
      `/mferp/managementfrontend/subscriptions/${twin.subscriptionId}/resourceGroups/${twin.resourceGroup}/providers/Microsoft.MachineLearningServices/registries/azureml/models/facebook-deit-base-patch16-224/versions/${version}?api-version=2021-10-01-dataplanepreview`,
      { headers: { authorization: `Bearer ${twin.token('https://ml.azure.com')}` } },
    );

  it('knows no model until one is imported, and serves it by reference then, as a labelled stand-in', async () => {
    expect((await model('15')).status).toBe(404);
    const imported = await importRegistryModel({ directory, env: twin.env });
    expect(imported).toMatchObject({ id, files: 5 });
    const known = await model('15');
    expect([known.status, known.json['id']]).toEqual([200, id]);
    expect(known.json['properties']).toMatchObject({
      modelType: 'mlflow_model',
      tags: { 'aml-deit.stand-in': 'true' },
    });
    expect(twin.report().registryModels).toEqual([{ name: 'facebook-deit-base-patch16-224', version: '15' }]);

    const endpoint = await createEndpoint(twin, createAzureClient(twin), 'reference');
    const { environmentId: _none, ...properties } = endpoint.body({ model: id }).properties;
    await endpoint.deploy('blue', { ...endpoint.body(), properties });
    await endpoint.setTraffic({ blue: 100 });
    const answer = await endpoint.score();
    expect(answer.status).toBe(200);
    expect(String(answer.json['modelDirectory'])).toMatch(/facebook-deit-base-patch16-224[\\/]15$/);
  });

  it('keeps a second version beside the first', async () => {
    await importRegistryModel({ directory, env: twin.env, version: '16' });
    expect((await model('16')).status).toBe(200);
    expect((await model('15')).status).toBe(200);
  });

  it('shows containers and labels, and hands out the bytes by a signed address', async () => {
    const name = 'facebook-deit-base-patch16-224';
    const container = await ask(`/models/${name}`);
    expect(container.json).toMatchObject({ name, properties: { latestVersion: '16' } });
    expect((await ask(`/models/${name}/labels/latest`)).json).toMatchObject({ name: '16' });
    const latest = await ask(`/models/${name}/versions?$orderBy=createdtime%20desc&$top=1`);
    expect((latest.json['value'] as { name: string }[]).map((version) => version.name)).toEqual(['16']);

    const reference = await ask(`/datarefs/${name}/versions/15`, { method: 'POST', body: { assetId: id } });
    const { blobUri, credential } = reference.json['blobReferenceForConsumption'] as {
      blobUri: string;
      credential: { credentialType: string; sasUri: string };
    };
    expect(credential.credentialType).toBe('SAS');
    const { host, pathname, search } = new URL(credential.sasUri);
    expect(new URL(blobUri).pathname).toBe(pathname);
    const file = (method: string) =>
      requestTwin(twin, `${pathname}/${name}/15/config.json${search}`, { method, headers: { host } });
    expect((await file('GET')).json).toHaveProperty('id2label');
    // It is for reading.
    expect((await file('DELETE')).status).toBe(403);

    const wrong = await ask(`/datarefs/${name}/versions/15`, { method: 'POST', body: { assetId: 'x' } });
    expect(wrong.status).toBe(400);
  });

  it('has the components that the product stands in for, at the version that they are pinned to', async () => {
    for (const { name, version } of Object.values(registryComponents)) {
      const known = await ask(`/components/${name}/versions/${version}`);
      expect([known.status, known.json['id']]).toEqual([
        200,
        `azureml://registries/azureml/components/${name}/versions/${version}`,
      ]);
      expect(known.json['properties']).toMatchObject({
        tags: { 'aml-deit.stand-in': 'true' },
        componentSpec: { name, version, is_deterministic: 'True' },
      });
      const latest = await ask(`/components/${name}/versions?$orderBy=createdtime%20desc&$top=1`);
      expect((latest.json['value'] as { name: string }[]).map((one) => one.name)).toEqual([version]);
      expect((await ask(`/components/${name}/labels/latest`)).json).toMatchObject({ name: version });
      expect((await ask(`/components/${name}`)).json).toMatchObject({
        properties: { latestVersion: version },
      });
    }
    const { componentSpec } = (await ask('/components/model_prediction/versions/0.0.37')).json[
      'properties'
    ] as {
      componentSpec: { command: string; inputs: Record<string, { type: string; optional: string }> };
    };
    expect(componentSpec.command).toContain('model_prediction');
    expect(componentSpec.inputs['test_data']).toEqual({ type: 'uri_folder', optional: 'False' });
  });

  it.each([
    ['/components/image_classification_pipeline'],
    ['/components/model_prediction/versions/9.9.9'],
    ['/components/model_prediction/versions/latest'],
    ['/components/model_prediction/labels/0.0.37'],
    ['/models/nobody'],
    ['/models/nobody/versions/1'],
    ['/models/facebook-deit-base-patch16-224/labels/newest'],
  ])('%s is missing in the words of the service', async (path) => {
    const answer = await ask(path);
    expect([answer.status, answer.json['error']]).toMatchObject([404, { code: 'UserError', details: [] }]);
  });

  it('is found through ARM, and no other is', async () => {
    const find = (name: string) =>
      requestTwin(
        twin,
        `/subscriptions/${twin.subscriptionId}/resourceGroups/azureml/providers/Microsoft.MachineLearningServices/registries/${name}?api-version=2022-10-01-preview`,
        { headers: { authorization: `Bearer ${twin.token()}` } },
      );
    expect((await find('azureml')).json).toMatchObject({ name: 'azureml', systemData: null });
    const other = await find('contoso');
    expect([other.status, other.json['error']]).toMatchObject([
      404,
      { code: 'UserError', innerError: { innerError: { code: 'RegistryNotFound' } } },
    ]);
    expect((await ask('/models', { registry: 'contoso' })).status).toBe(404);
    expect((await ask('/environments/e/versions/1')).status).toBe(501);
  });

  it('takes nothing that is no model package, and only with a twin', async () => {
    const broken = mkdtempSync(join(tmpdir(), 'aml-deit-broken-'));
    try {
      cpSync(directory, broken, { recursive: true });
      writeFileSync(join(broken, 'model.onnx'), 'short');
      await expect(importRegistryModel({ directory: broken, env: twin.env })).rejects.toMatchObject({
        code: 'PACKAGE_INVALID',
      });
      await expect(importRegistryModel({ directory, env: { AML_DEIT_HOME: broken } })).rejects.toMatchObject({
        code: 'TWIN_NOT_RUNNING',
      });
      await expect(importRegistryModel({ directory, env: twin.env, version: '../x' })).rejects.toMatchObject({
        code: 'NAME_INVALID',
      });
    } finally {
      rmSync(broken, { recursive: true, force: true });
    }
  });
});
