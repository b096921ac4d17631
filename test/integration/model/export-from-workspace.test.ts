import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectAzureMl } from '../../../src/azure/connect-azure-ml.ts';
import type { AzureMl } from '../../../src/azure/index.ts';
import { downloadModel, exportModel, importRegistryModel, pushModel } from '../../../src/index.ts';
import type { ExportModelResult } from '../../../src/index.ts';
import { readFolderContent } from '../../../src/io/index.ts';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { failureOf } from '../../helpers/failure-of.ts';

const formats = 'test/golden/checkpoints/formats';

let twin: Twin;
let aml: AzureMl;
let root: string;
let local: ExportModelResult;
let count = 0;
const fresh = (): string => join(root, `${(count += 1)}`);

beforeAll(async () => {
  twin = await createTwin();
  aml = await connectAzureMl({ kind: 'local', twin: twin.descriptor });
  root = await mkdtemp(join(tmpdir(), 'export-from-'));
  local = await exportModel({ source: join(formats, 'zip.bin'), out: fresh() });
});
afterAll(async () => {
  aml.close();
  await twin.close();
  await rm(root, { recursive: true });
});

const exportFrom = (source: string) =>
  exportModel({ source, out: fresh(), target: 'local', env: { ...twin.env } });

/** A folder as a fine-tune job leaves it. */
async function upload(weights: string): Promise<string> {
  const folder = join(fresh(), 'mlflow_model_folder');
  await mkdir(join(folder, 'model'), { recursive: true });
  await cp(join(formats, 'config.json'), join(folder, 'model', 'config.json'));
  await cp(join(formats, weights), join(folder, 'model', 'pytorch_model.bin'));
  await cp(join(formats, 'config.json'), join(folder, 'MLmodel'));
  return (await aml.uploadFolder({ name: 'out', content: await readFolderContent(folder) })).uri;
}

describe('exportModel from the workspace', () => {
  it('takes a registered MLflow model, and the cache the next time', async () => {
    const uri = await upload('zip.bin');
    await aml.models.register('fridge', '3', { modelUri: uri, modelType: 'mlflow_model' });
    for (const source of ['azureml:fridge:3', 'azureml:fridge', 'azureml:fridge@latest']) {
      const { contentHash, manifest } = await exportFrom(source);
      expect(contentHash).toBe(local.contentHash);
      expect(manifest).toMatchObject({
        name: 'fridge',
        source: { directory: 'fridge', uri: 'azureml:fridge:3' },
      });
    }
    expect(await readdir(join(twin.env['AML_DEIT_HOME'] ?? '', 'checkpoints'))).toHaveLength(1);
  });

  it('takes a package that was pushed', async () => {
    const pushed = await pushModel({
      model: local.directory,
      name: 'pushed',
      target: 'local',
      env: { ...twin.env },
    });
    expect((await exportFrom(`azureml:pushed:${pushed.version}`)).contentHash).toBe(local.contentHash);
  });

  it("takes a registry's model by its address, and what is the newest of it", async () => {
    const models = 'azureml://registries/azureml/models/facebook-deit-base-patch16-224';
    const missing = await failureOf(exportFrom(`${models}/versions/15`));
    expect(missing).toMatchObject({ code: 'ASSET_NOT_FOUND', exitCode: 3 });
    await importRegistryModel({ directory: local.directory, env: twin.env });
    for (const source of [`${models}/versions/15`, `${models}/labels/latest`]) {
      const { contentHash, manifest } = await exportFrom(source);
      expect(contentHash).toBe(local.contentHash);
      expect(manifest.source).toMatchObject({
        directory: 'facebook-deit-base-patch16-224',
        uri: `${models}/versions/15`,
      });
    }
    const downloaded = await downloadModel({
      model: `${models}/labels/latest`,
      out: fresh(),
      target: 'local',
      env: { ...twin.env },
    });
    expect(downloaded).toMatchObject({ version: '15', packageHash: local.contentHash });
  });

  it('says what there is not', async () => {
    for (const source of [
      'azureml:nobody:1',
      'azureml://registries/contoso/models/deit/versions/1',
      'azureml://registries/azureml/models/nobody/labels/latest',
    ]) {
      expect(await failureOf(exportFrom(source))).toMatchObject({
        code: 'ASSET_NOT_FOUND',
        exitCode: 3,
      });
    }
    const component = 'azureml://registries/azureml/components/deit/versions/1';
    expect(await failureOf(exportFrom(component))).toMatchObject({ exitCode: 3 });
  });
});
