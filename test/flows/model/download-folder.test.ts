import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectAzureMl } from '../../../src/azure/connect-azure-ml.ts';
import type { AzureMl } from '../../../src/azure/index.ts';
import { readFolderContent } from '../../../src/io/index.ts';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { createAzureClient } from '../../helpers/azure-client.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { putBlob } from '../../helpers/twin-assets.ts';

/** Three blocks, the last of them short, of bytes that differ from place to place. */
const weights = Buffer.alloc(20_000_003, 'the quick brown fox jumps over the lazy dog ');

let twin: Twin;
let aml: AzureMl;
let root: string;
let target: string;
/** A folder in the store, uploaded as models are. */
let address: string;

beforeAll(async () => {
  twin = await createTwin();
  aml = await connectAzureMl({ kind: 'local', twin: twin.descriptor });
  root = await mkdtemp(join(tmpdir(), 'aml-deit-download-'));
  const source = join(root, 'source');
  await mkdir(join(source, 'sub', 'deep'), { recursive: true });
  await writeFile(join(source, 'config.json'), '{"a":1}');
  await writeFile(join(source, 'sub', 'empty'), '');
  await writeFile(join(source, 'sub', 'deep', 'ä b.txt'), 'names are names');
  await writeFile(join(source, 'weights'), weights);
  const content = await readFolderContent(source);
  address = (await aml.uploadFolder({ name: 'deit', content })).uri;
});
afterAll(async () => {
  aml.close();
  await twin.close();
  await rm(root, { recursive: true });
});
beforeEach(async () => {
  twin.faults.clear();
  target = join(await mkdtemp(join(root, 'out-')), 'model');
});

describe('downloadFolder', () => {
  it('fetches a folder once, whole, with its names and bytes', async () => {
    const progress: number[] = [];
    const first = await aml.downloadFolder(address, target, {
      onProgress: ({ downloadedBytes, totalBytes }) => progress.push(downloadedBytes / totalBytes),
    });
    expect(first).toMatchObject({ directory: target, reused: false, downloadedBytes: first.totalBytes });
    expect(first.files.map(({ path }) => path)).toEqual([
      'config.json',
      'sub/deep/ä b.txt',
      'sub/empty',
      'weights',
    ]);
    expect((await readFile(join(target, 'weights'))).equals(weights)).toBe(true);
    expect(await readFile(join(target, 'sub', 'deep', 'ä b.txt'), 'utf8')).toBe('names are names');
    expect(await readdir(join(target, '..'))).toEqual(['model']);
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(await aml.downloadFolder(address, target)).toEqual({ ...first, reused: true, downloadedBytes: 0 });
  });

  it('goes on where it was interrupted', async () => {
    const controller = new AbortController();
    const failure = await failureOf(
      aml.downloadFolder(address, target, {
        signal: controller.signal,
        onProgress: ({ downloadedBytes }) => {
          if (downloadedBytes > 1_000_000) controller.abort();
        },
      }),
    );
    expect(failure.code).toBe('INTERRUPTED');
    expect(existsSync(target)).toBe(false);
    const again = await aml.downloadFolder(address, target);
    expect(again.downloadedBytes).toBeLessThan(again.totalBytes);
    expect((await readFile(join(target, 'weights'))).equals(weights)).toBe(true);
  });

  it.each([
    ['a connection that is cut', { kind: 'drop-before' }],
    ['a store that is busy', { kind: 'status', status: 503 }],
    ['a signature that expired midway', { kind: 'sas-expired' }],
  ] as const)('survives %s', async (_what, fault) => {
    twin.faults.add({ ...fault, operation: 'blob.get', after: 2, times: 2 });
    const result = await aml.downloadFolder(address, target);
    expect(result.downloadedBytes).toBe(result.totalBytes);
    expect((await readFile(join(target, 'weights'))).equals(weights)).toBe(true);
  });

  it('fetches one file, and a part of a folder', async () => {
    const one = await aml.downloadFolder(`${address}/sub/deep/ä b.txt`, target);
    expect(one.files).toEqual([{ path: 'ä b.txt', bytes: 15 }]);
    const part = await aml.downloadFolder(`${address}/sub/`, `${target}-sub`);
    expect(part.files.map(({ path }) => path)).toEqual(['deep/ä b.txt', 'empty']);
  });

  it('follows a model version to its files', async () => {
    const { id } = await aml.models.register('deit', '1', { modelUri: address, modelType: 'custom_model' });
    expect((await aml.downloadFolder(id, target)).files).toHaveLength(4);
    const failure = await failureOf(aml.downloadFolder(id.replace(/1$/, '2'), `${target}-2`));
    expect(failure).toMatchObject({ code: 'ASSET_NOT_FOUND' });
  });

  it('leaves a folder alone that holds something else, unless told otherwise', async () => {
    await mkdir(target);
    await writeFile(join(target, 'config.json'), 'mine');
    await writeFile(join(target, 'notes'), 'mine');
    expect((await failureOf(aml.downloadFolder(address, target))).code).toBe('OUTPUT_EXISTS');
    expect(await readFile(join(target, 'config.json'), 'utf8')).toBe('mine');
    await aml.downloadFolder(address, target, { force: true });
    expect(await readFile(join(target, 'config.json'), 'utf8')).toBe('{"a":1}');
    expect(await readFile(join(target, 'notes'), 'utf8')).toBe('mine');
  });

  it('does not follow a link out of the folder', async () => {
    await mkdir(join(root, 'elsewhere'), { recursive: true });
    await mkdir(target);
    await symlink(join(root, 'elsewhere'), join(target, 'sub'));
    const failure = await failureOf(aml.downloadFolder(address, target, { force: true }));
    expect(failure.code).toBe('OUTPUT_NOT_WRITTEN');
    expect(await readdir(join(root, 'elsewhere'))).toEqual([]);
  });

  it.each(['a/../../../etc/passwd', 'a/b\\..\\c', 'a//b', 'a/./b'])(
    'refuses a blob called %s, and writes nothing',
    async (name) => {
      const prefix = `evil-${Buffer.from(name).toString('hex')}`;
      await putBlob(twin, createAzureClient(twin), `${prefix}/fine`, 'fine');
      // An escaped slash is no part of the path until the store reads it: no client on the way makes the name harmless.
      await putBlob(twin, createAzureClient(twin), `${prefix}/${encodeURIComponent(name)}`, 'evil');
      const failure = await failureOf(
        aml.downloadFolder(`azureml://datastores/workspaceblobstore/paths/${prefix}`, target),
      );
      expect(failure.code).toBe('DOWNLOAD_FAILED');
      expect(await readdir(join(target, '..'))).toEqual([]);
    },
  );

  it('refuses content that is not what its hash says', async () => {
    await putBlob(twin, createAzureClient(twin), 'altered/deit/config.json', 'altered', {
      'x-ms-meta-aml_deit_sha256': 'a'.repeat(64),
    });
    const failure = await failureOf(
      aml.downloadFolder('azureml://datastores/workspaceblobstore/paths/altered/deit', target),
    );
    expect(failure).toMatchObject({ code: 'DOWNLOAD_FAILED' });
    expect(failure.message).toContain('hash differs');
    expect(await readdir(join(target, '..'))).toEqual([]);
  });

  it.each([
    ['azureml://datastores/nowhere/paths/x', 'AZURE_NOT_FOUND'],
    ['azureml://datastores/workspaceblobstore/paths/nothing-here', 'AZURE_NOT_FOUND'],
    ['azureml://jobs/nobody/outputs/x', 'AZURE_NOT_FOUND'],
    ['azureml://subscriptions/s/resourcegroups/g/workspaces/other/datastores/d/paths/p', 'ADDRESS_INVALID'],
    ['https://example.com/x', 'ADDRESS_INVALID'],
    ['deit:1', 'ADDRESS_INVALID'],
  ])('says that %s leads nowhere', async (given, code) => {
    expect((await failureOf(aml.downloadFolder(given, target))).code).toBe(code);
    expect(await readdir(join(target, '..'))).toEqual([]);
  });
});
