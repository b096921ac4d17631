import { mkdtempSync, rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scoringImageName } from '../../../../src/io/index.ts';
import { ImageFinder } from '../../../../src/local/images/find-image.ts';
import { ImageStore } from '../../../../src/local/images/image-store.ts';
import { chooseExecution } from '../../../../src/local/jobs/choose-execution.ts';
import type { NamedEnvironment } from '../../../../src/local/jobs/choose-execution.ts';
import type { ContainerRuntime } from '../../../../src/local/containers/find-runc.ts';
import { createTables } from '../../../../src/local/services.ts';
import { openDatabase } from '../../../../src/local/store/database.ts';

const port = 7443;
const absent = `127.0.0.1:${port}/team/shell:1`;
const programs = { runc: 'runc', unshare: 'unshare', nsenter: 'nsenter' };
const runc: ContainerRuntime = { kind: 'runc', version: '1', programs, readOnly: null };
const noRunc: ContainerRuntime = { kind: 'none', why: 'runc is not installed' };

function named(record: Partial<NonNullable<NamedEnvironment['record']>>): NamedEnvironment {
  return {
    id: '/subscriptions/s/environments/shell/versions/1',
    record: { image: null, build: null, condaFile: '', ...record },
  };
}

/** What runs in a container is tried where runc can be installed (test/conformance). */
describe('how a command is run', () => {
  let directory: string;
  let images: ImageFinder;
  let database: DatabaseSync;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'aml-deit-choose-'));
    database = await openDatabase(join(directory, 'state.db'));
    images = new ImageFinder({
      store: new ImageStore(join(directory, 'images'), createTables(database, Date.now)),
      port: () => port,
      platform: 'linux/amd64',
      env: {},
      pullFrom: ['team.azurecr.io'],
    });
  });
  afterAll(() => {
    database.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const choose = (environment: NamedEnvironment | null, runtime: ContainerRuntime = runc, refused?: string) =>
    chooseExecution(
      environment,
      { images, runtime: () => Promise.resolve(runtime) },
      new AbortController().signal,
      refused,
    );

  it.each<[string, NamedEnvironment | null, RegExp]>([
    ['it names no environment', null, /it names none/],
    [
      'the environment is one of a registry',
      { id: 'azureml://registries/azureml/environments/sklearn-1.5/labels/latest', record: undefined },
      /has none of the images that Azure ML brings/,
    ],
    [
      'a stand-in is run',
      { id: 'azureml://registries/azureml/environments/aml-deit-stand-in/versions/1', record: undefined },
      /a stand-in of aml-deit/,
    ],
    [
      'it is a build context',
      named({ build: { contextUri: 'https://x/', dockerfilePath: 'Dockerfile' } }),
      /it is a build context/,
    ],
    [
      'there is a conda file',
      named({ image: 'debian:12', condaFile: 'name: x' }),
      /debian:12 with a conda file/,
    ],
    ['it is the own image', named({ image: scoringImageName() }), /this machine's own aml-deit/],
    [
      'the image is from elsewhere',
      named({ image: 'mcr.microsoft.com/a:1' }),
      /--pull-from mcr\.microsoft\.com/,
    ],
    ['the image has no host', named({ image: 'debian:12' }), /--pull-from docker\.io/],
  ])('is as a local process when %s', async (_, environment, why) => {
    const execution = await choose(environment);
    expect(execution).toMatchObject({ runs: 'process', why: expect.stringMatching(why) as unknown });
    expect(execution.description).toMatch(/^local process; the image of its environment is not run: /);
  });

  it.each<[string, ContainerRuntime, string]>([
    ['there is no runc', noRunc, 'runc is not installed'],
    ['nothing could be written', { ...runc, readOnly: 'needs root rights' }, 'needs root rights'],
  ])('is as a local process when %s, and no image is fetched for that', async (_, runtime, why) => {
    const image = 'team.azurecr.io/shell:1';
    expect(await choose(named({ image }), runtime)).toMatchObject({
      runs: 'process',
      why: `${image}: ${why}`,
    });
  });

  it.each([
    ['with runc', runc],
    ['without', noRunc],
  ])('fails, %s, as for an image that nobody pushed to the registry of the twin', async (_, runtime) => {
    await expect(choose(named({ image: absent }), runtime)).rejects.toMatchObject({
      code: 'UserError',
      message: `AzureMLCompute job failed.\nFailedPullingImage: Unable to pull docker image\n\timageName: ${absent}\n\terror: the twin's registry has no image team/shell:1`,
    });
  });

  it('fails as for an image that a rule takes away, if it has one', async () => {
    await expect(choose(named({ image: 'debian:12' }), runc, 'fault-1')).rejects.toThrow(/error: fault-1/);
    expect((await choose(null, runc, 'fault-1')).runs).toBe('process');
  });
});
