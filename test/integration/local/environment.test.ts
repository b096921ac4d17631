import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AmlDeitError, listEndpoints, localEnv } from '../../../src/index.ts';
import { twinEnvironment } from '../../../src/io/index.ts';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { fixtureScorer } from '../../helpers/fixture-scorer.ts';
import { startHttpsService } from '../../helpers/https-service.ts';
import { runCli } from '../../helpers/run-cli.ts';

describe('the environment of other clients', () => {
  let twin: Twin;
  let variables: NodeJS.ProcessEnv;
  beforeAll(async () => {
    twin = await createTwin({ scorer: fixtureScorer });
    variables = (await localEnv({ env: twin.env })).variables;
  });
  afterAll(() => twin.close());

  const failure = async (env: NodeJS.ProcessEnv): Promise<AmlDeitError> => {
    const error: unknown = await listEndpoints({ env, cwd: '/' }).catch((thrown: unknown) => thrown);
    if (error instanceof AmlDeitError) return error;
    throw new Error('it did not fail');
  };

  it('is what local env prints, in the syntax of each shell', async () => {
    const bash = await runCli(['local', 'env', '--shell', 'bash'], { env: { ...twin.env } });
    expect(bash.stdout).toContain(`export IDENTITY_ENDPOINT='${twin.endpoint}/msi/token'\n`);
    expect(bash.stdout.split('\n').filter((line) => line !== '')).toHaveLength(Object.keys(variables).length);
    const json = await runCli(['local', 'env', '--json'], { env: { ...twin.env } });
    expect(JSON.parse(json.stdout)).toMatchObject({ schemaVersion: 1, variables });
  });

  it('survives the eval of a shell, value by value', async () => {
    const { stdout } = await runCli(['local', 'env', '--shell', 'bash'], { env: { ...twin.env } });
    const shown = await promisify(execFile)('sh', ['-c', `${stdout}\nprintf '%s' "$ARM_CLOUD_METADATA_URL"`]);
    expect(shown.stdout).toBe(variables['ARM_CLOUD_METADATA_URL']);
  });

  it('leads our own client to the same twin, with no home of its own', async () => {
    expect(await listEndpoints({ env: variables, cwd: '/' })).toEqual({ endpoints: [] });
    const messages: string[] = [];
    await listEndpoints({
      env: variables,
      cwd: '/',
      host: {
        message: ({ code }) => void messages.push(code),
        progress: () => undefined,
        confirm: async () => false,
      },
    });
    expect(messages).toContain('target-environment-twin');
  });

  it.each(['IDENTITY_ENDPOINT', 'IDENTITY_HEADER'])('is refused without %s', async (name) => {
    const { [name]: _left, ...rest } = variables;
    const error = await failure(rest);
    expect(error.code).toBe('TARGET_CONFIG_INVALID');
    expect(error.message).toContain('IDENTITY_ENDPOINT and IDENTITY_HEADER do not');
  });

  it('is refused without a file of its certificate', async () => {
    const error = await failure({
      ...variables,
      NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem',
      REQUESTS_CA_BUNDLE: '',
    });
    expect(error.message).toContain('NODE_EXTRA_CA_CERTS');
  });

  it('never sends a token that it has from the twin to Azure', async () => {
    const { ARM_CLOUD_METADATA_URL: _left, ...rest } = variables;
    const error = await failure(rest);
    expect(error.code).toBe('TARGET_CONFIG_INVALID');
    expect(error.message).toContain('would be sent to Azure');
  });

  it('never asks another machine for a token of the twin', async () => {
    const error = await failure({ ...variables, IDENTITY_ENDPOINT: 'https://identity.example/msi/token' });
    expect(error.code).toBe('TARGET_CONFIG_INVALID');
  });

  it('says what to do when the twin of the environment has gone', async () => {
    const gone = await createTwin({ scorer: fixtureScorer });
    const left = twinEnvironment(gone.descriptor);
    const ca = twin.caFile;
    await gone.close();
    const error = await failure({ ...left, NODE_EXTRA_CA_CERTS: ca });
    expect(error.code).toBe('AZURE_UNREACHABLE');
    expect(error.hint).toContain('local up');
  });

  it.each([
    ['no cloud', { body: { hello: 1 } }],
    ['no JSON', { text: 'hello' }],
    ['an error', { status: 500, body: {} }],
  ])('says so when the metadata is %s', async (_what, answer) => {
    await using service = await startHttpsService();
    service.on('GET', '/metadata/endpoints', () => answer);
    const error = await failure({
      ...variables,
      ARM_CLOUD_METADATA_URL: `${service.endpoint}/metadata/endpoints`,
      NODE_EXTRA_CA_CERTS: service.twin.caFile,
    });
    expect(error.code).toBe('TARGET_CONFIG_INVALID');
    expect(error.message).toContain('does not describe a cloud');
  });

  it('is refused while no twin runs', async () => {
    const result = await runCli(['local', 'env', '--json'], { env: { AML_DEIT_HOME: '/nowhere' } });
    expect(result.exitCode).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: 'TWIN_NOT_RUNNING' } });
  });
});
